import { inspect, isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { Case } from '../../../../academy/judging/function-check-types.ts';

const Id = z.string().regex(/^[a-z]\d$/, 'an id is a letter and a digit, such as a1');
const Example = z.strictObject({
  says: z.string().min(1, 'describe the example'),
  deliveries: z
    .array(
      z.strictObject({
        ids: z.array(Id),
        day: z.number().nonnegative().optional(),
        killedAfter: z.enum(['getMany', 'append', 'putMany', 'response']).optional(),
      }),
    )
    .min(1),
  log: z.array(Id),
});

const shown = (ids: unknown): string => inspect(ids, { breakLength: Number.POSITIVE_INFINITY });

/** Returns the case that a learner's example describes, or the reason why it is not an example. */
export function asInExample(example: unknown): Case | string {
  const result = Example.safeParse(example);
  if (!result.success) return z.prettifyError(result.error).replaceAll(/\s+/g, ' ');
  const { says, deliveries, log } = result.data;
  const expected = `the log ${shown(log)}`;
  return {
    ...{ args: [deliveries], through: 'playExample', input: says, expected },
    mismatch: (value) => (isDeepStrictEqual(value, log) ? undefined : { expected }),
  };
}
