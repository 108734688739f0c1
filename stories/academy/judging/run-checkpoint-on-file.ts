import { realpathSync } from 'node:fs';
import type { Checkpoint, CheckReport } from './problem-report-and-checkpoint-types.ts';

/** Result of `check`, also printed by `check --json`. */
export interface CheckResult extends CheckReport {
  readonly step: string;
  /** Absolute path of the learner's file. */
  readonly file: string;
  /** Random seed of the generated cases: the same seed generates the same cases. */
  readonly seed: number;
}

/** Runs the checks of a step on a learner's file. */
export async function runChecks(
  { id, checkpoint }: { readonly id: string; readonly checkpoint: Checkpoint },
  path: string,
  seed: number,
): Promise<CheckResult> {
  // Stack traces contain real paths.
  const file = realpathSync(path);
  return { step: id, file, seed, ...(await checkpoint.check(file, seed)) };
}
