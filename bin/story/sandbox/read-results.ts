import { z } from 'zod';
import type { Outcome } from '../../../stories/checkpoint.ts';
import type { TrialFailure, TrialLine } from './trial-protocol.ts';

const Text = z.string().max(5_000);
const Outcomes = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('value'), value: z.unknown(), inputChanged: z.boolean() }),
  z.object({ kind: z.literal('odd'), described: Text }),
  z.object({ kind: z.literal('promise') }),
  z.object({ kind: z.literal('threw'), message: Text, stack: Text }),
]);
const Failures = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('load'), code: Text.optional(), message: Text, stack: Text }),
  z.object({ kind: z.literal('import'), specifier: Text }),
  z.object({ kind: z.literal('missing-export'), exported: z.array(Text) }),
  z.object({ kind: z.literal('not-a-function'), type: Text }),
  z.object({ kind: z.literal('hang'), milliseconds: z.number(), line: z.int().optional() }),
  z.object({ kind: z.literal('pollution'), object: Text, property: Text }),
]);
const Lines = z.union([
  z.object({ began: z.int() }),
  z.object({ outcome: Outcomes }),
  z.object({ failure: Failures }),
]) satisfies z.ZodType<TrialLine>;

export interface Told {
  readonly outcomes: readonly Outcome[];
  readonly ending?: TrialFailure;
  readonly lastCall?: number;
}

/**
 * What the sandboxed process has told. It runs the learner's code, so lines that are not of the protocol are left out:
 * an incomplete last one, or what that code wrote there itself.
 */
export function toldBy(text: string): Told {
  const outcomes: Outcome[] = [];
  let ending: TrialFailure | undefined;
  let lastCall: number | undefined;
  for (const line of text.split('\n')) {
    const told = lineFrom(line);
    if (!told) continue;
    if ('outcome' in told) outcomes.push(told.outcome);
    else if ('failure' in told) ending ??= told.failure;
    else lastCall = told.began;
  }
  return { outcomes, ending, lastCall };
}

function lineFrom(line: string): TrialLine | undefined {
  try {
    return Lines.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
