import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const common = {
  /** UTC epoch milliseconds. */
  at: z.number().int(),
  /** Brick and number of the step, such as 01.1. */
  step: z.string(),
};

/** One line of `workspace/progress.jsonl`. */
export const ProgressEntry = z.discriminatedUnion('kind', [
  z.object({
    ...common,
    kind: z.literal('check'),
    outcome: z.enum(['passed', 'failed', 'could not judge']),
    seed: z.number().int(),
    /** Hash of the learner's file, as 64 hexadecimal digits. */
    sha256: z.string(),
    /** The requirements that failed. Empty if all passed, or if the code could not be called. */
    failed: z.array(z.string()),
  }),
  z.object({
    ...common,
    kind: z.literal('examples'),
    outcome: z.enum(['passed', 'failed', 'could not judge']),
    /** Hash of the learner's examples, as 64 hexadecimal digits. */
    sha256: z.string(),
    /** Names of the wrong programs that the examples catch, and of the others. */
    caught: z.array(z.string()),
    missed: z.array(z.string()),
  }),
  z.object({
    ...common,
    kind: z.literal('live'),
    outcome: z.enum(['passed', 'failed', 'could not judge', 'not certain yet']),
    seed: z.number().int(),
    /** What our instruments measured, of the city with the learner's code and of its twin on the reference. */
    figures: z.array(z.object({ name: z.string(), yours: z.number(), reference: z.number() })),
    /** The learner's answer to the question of the step. */
    prediction: z.string().optional(),
  }),
  z.object({ ...common, kind: z.literal('hint'), hint: z.number().int().min(1) }),
  z.object({ ...common, kind: z.literal('solution') }),
]);
export type ProgressEntry = z.infer<typeof ProgressEntry>;

const fileIn = (workspace: string): string => join(workspace, 'progress.jsonl');

/** Appends an entry. If a killed process wrote only a part of the last line, the entry starts on a new line. */
export function appendProgress(workspace: string, entry: ProgressEntry): void {
  mkdirSync(workspace, { recursive: true });
  const file = fileIn(workspace);
  const content = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const separator = content === '' || content.endsWith('\n') ? '' : '\n';
  appendFileSync(file, `${separator}${JSON.stringify(entry)}\n`);
}

/** Returns all entries in the order in which they were appended. A line that is not an entry is skipped. */
export function readProgress(workspace: string): readonly ProgressEntry[] {
  const file = fileIn(workspace);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').split('\n').flatMap(entryIn);
}

function entryIn(line: string): ProgressEntry[] {
  try {
    return [ProgressEntry.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

/** What a learner has done in one step. */
export interface StepProgress {
  readonly passed: boolean;
  /** Checks that passed or failed. A check that could not judge does not count. */
  readonly attempts: number;
  /** Number of hints that were shown, from the first one on. */
  readonly hints: number;
  readonly sawSolution: boolean;
}

/** Summarises the entries of one step. */
export function progressOf(step: string, entries: readonly ProgressEntry[]): StepProgress {
  const own = entries.filter((entry) => entry.step === step);
  const checks = own.flatMap((entry) => (entry.kind === 'check' ? [entry.outcome] : []));
  return {
    passed: checks.includes('passed'),
    attempts: checks.filter((outcome) => outcome !== 'could not judge').length,
    hints: Math.max(0, ...own.map((entry) => (entry.kind === 'hint' ? entry.hint : 0))),
    sawSolution: own.some(({ kind }) => kind === 'solution'),
  };
}
