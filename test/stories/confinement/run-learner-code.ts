import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfinementLevel } from '../../../stories/academy/confinement/find-strongest-confinement.ts';
import type { FunctionRun } from '../../../stories/academy/confinement/function/outcomes.ts';
import {
  type FunctionLimits,
  type FunctionRequest,
  LIMITS,
  runFunction,
} from '../../../stories/academy/confinement/function/run-function.ts';

/** A learner's folder with one file. */
export interface LearnerFolder extends Disposable {
  readonly folder: string;
  readonly file: string;
}

export function learnerFolder(code: string): LearnerFolder {
  const folder = mkdtempSync(join(tmpdir(), 'learner-'));
  const file = join(folder, 'exercise.ts');
  writeFileSync(file, code);
  return { folder, file, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface RunOptions extends Partial<Omit<FunctionRequest, 'file' | 'name'>> {
  readonly limits?: Partial<FunctionLimits>;
  readonly level?: ConfinementLevel;
}

/** Runs the function `f` of the given code: once and without arguments, unless the options contain `calls`. */
export async function runCode(code: string, { limits, level, ...request }: RunOptions = {}): Promise<FunctionRun> {
  using learner = learnerFolder(code);
  const all = { ...LIMITS, call: 500, load: 2_000, ...limits };
  const chosen = level && Promise.resolve(level);
  return await runFunction({ file: learner.file, name: 'f', calls: [[]], ...request }, all, chosen);
}

/** Runs code, and returns the value of the first call. Throws if the call has no value or the run ended early. */
export async function resultOf(code: string, options: RunOptions = {}): Promise<unknown> {
  const run = await runCode(code, options);
  const [outcome] = run.outcomes;
  if (outcome?.kind === 'value' && !run.ending) return outcome.value;
  throw new Error(`no value: ${JSON.stringify(run)}`);
}
