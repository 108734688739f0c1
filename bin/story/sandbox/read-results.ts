import { z } from 'zod';
import type { Outcome } from '../../../stories/checkpoint.ts';
import type { TrialFailure, TrialLine } from './trial-protocol.ts';

const Text = z.string().max(5_000);
const OutcomeLine = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('value'), value: z.unknown(), inputChanged: z.boolean() }),
  z.object({ kind: z.literal('unusable'), described: Text }),
  z.object({ kind: z.literal('promise') }),
  z.object({ kind: z.literal('threw'), message: Text, stack: Text }),
]);
const FailureLine = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('load'), code: Text.optional(), message: Text, stack: Text }),
  z.object({ kind: z.literal('import'), specifier: Text }),
  z.object({ kind: z.literal('missing-export'), exported: z.array(Text) }),
  z.object({ kind: z.literal('not-a-function'), type: Text }),
  z.object({ kind: z.literal('hang'), milliseconds: z.number(), line: z.int().optional() }),
  z.object({ kind: z.literal('pollution'), object: Text, property: Text }),
]);
const Line = z.union([
  z.object({ began: z.int() }),
  z.object({ outcome: OutcomeLine }),
  z.object({ failure: FailureLine }),
]) satisfies z.ZodType<TrialLine>;

export interface Results {
  readonly outcomes: readonly Outcome[];
  readonly ending?: TrialFailure;
  readonly lastCall?: number;
}

/**
 * Reads the lines that the sandboxed process wrote. It skips lines that do not follow the protocol: an incomplete last
 * line, or a line that the learner's code wrote.
 */
export function readResults(text: string): Results {
  const outcomes: Outcome[] = [];
  let ending: TrialFailure | undefined;
  let lastCall: number | undefined;
  for (const line of text.split('\n')) {
    const parsed = parseLine(line);
    if (!parsed) continue;
    if ('outcome' in parsed) outcomes.push(parsed.outcome);
    else if ('failure' in parsed) ending ??= parsed.failure;
    else lastCall = parsed.began;
  }
  return { outcomes, ending, lastCall };
}

function parseLine(line: string): TrialLine | undefined {
  try {
    return Line.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
