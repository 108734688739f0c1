import { z } from 'zod';
import type { Failure, Response } from './message-types.ts';

/** A text of the confined process. */
export const Text = z.string().max(10_000);
const Stack = z.string().max(10_000);
/** An encoded value. */
export const Value = z.custom<never>((value) => value !== undefined);

const WITHOUT_VALUE = [
  z.object({ kind: z.literal('unusable'), described: Text }),
  z.object({ kind: z.literal('promise') }),
  z.object({ kind: z.literal('threw'), message: Text, stack: Stack }),
] as const;
const Outcome = z.discriminatedUnion('kind', [
  z.object({
    ...{ kind: z.literal('value'), value: Value, inputChanged: z.boolean(), cpuMs: z.number().nonnegative() },
    read: z.object({ of: z.enum(['clock', 'random']), stack: Stack }).optional(),
    helperCalls: z.array(z.object({ helper: Text, args: z.array(Value) })),
  }),
  ...WITHOUT_VALUE,
]);
const BatchOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('returned'), value: Value }),
  z.object({ kind: z.literal('hang'), milliseconds: z.number(), cpuMs: z.number().nonnegative().optional() }),
  ...WITHOUT_VALUE,
]);
export const AnyFailure = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('load'), code: Text.optional(), message: Text, stack: Stack }),
  z.object({ kind: z.literal('import'), specifier: Text }),
  z.object({ kind: z.literal('missing-export'), exported: z.array(Text) }),
  z.object({ kind: z.literal('not-a-function'), type: Text }),
  z.object({
    ...{ kind: z.literal('hang'), milliseconds: z.number() },
    ...{ cpuMs: z.number().nonnegative().optional(), stack: Stack.optional() },
  }),
  z.object({ kind: z.literal('pollution'), object: Text, property: Text }),
]) satisfies z.ZodType<Failure>;
const AnyResponse = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['started', 'loaded']) }),
  z.object({ kind: z.literal('outcome'), outcome: Outcome, printed: Text }),
  z.object({ kind: z.literal('outcomes'), outcomes: z.array(BatchOutcome), printed: Text }),
  z.object({ kind: z.literal('failure'), failure: AnyFailure, printed: Text }),
  z.object({ kind: z.literal('done') }),
]) satisfies z.ZodType<Response>;

/**
 * Reads one line of the results. Returns undefined for a line without the token or with content that violates the
 * protocol, because the learner's code may have written it.
 */
export const readResponse = readerOf<Response>(AnyResponse);

/** Returns the function that reads one line of the results of another protocol. */
export function readerOf<Message>(schema: z.ZodType<Message>): (line: string, token: string) => Message | undefined {
  return (line, token) => {
    if (!line.startsWith(`${token} `)) return undefined;
    try {
      return schema.safeParse(JSON.parse(line.slice(token.length + 1))).data;
    } catch {
      return undefined;
    }
  };
}
