import { readFileSync } from 'node:fs';
import { mergeSameFailures } from '../../judging/evaluate-requirement.ts';
import type { Checkpoint, CheckReport, RequirementResult } from '../../judging/problem-report-and-checkpoint-types.ts';
import { explainPython, isStarved, NO_TRAINER, type PythonFile } from './explain-python-ending.ts';
import { trainerPython } from './locate-trainer-files.ts';
import { type PythonRun, runPython } from './run-python.ts';
import { PYTHON_LIMITS, type PythonLimits, type PythonTask } from './start-and-message-python-process.ts';
import { type PythonStarter, sharedPython } from './warm-process.ts';

/** The checks of a step whose learner writes a module of the trainer. */
export interface PythonChecks<Inputs> extends PythonTask {
  /** Name of the function that the trainer calls. */
  readonly name: string;
  /**
   * Generates the judge's inputs from the seed. The scenarios compute the reference's results for them, before the
   * learner's code runs.
   */
  readonly inputs: (seed: number) => Inputs;
  /** Judges what the calls returned and wrote, in this process. Every call has an outcome. */
  readonly judge: (run: PythonRun, inputs: Inputs, learner: PythonFile) => Promise<readonly RequirementResult[]>;
  /** A module that only claims success. */
  readonly liar: string;
}

export interface PythonCheckpoint extends Checkpoint {
  readonly check: (file: string, seed: number, options?: PythonOptions) => Promise<CheckReport>;
}

export interface PythonOptions {
  /** @default - PYTHON_LIMITS */
  readonly limits?: PythonLimits;
  /** @default - sharedPython */
  readonly starter?: PythonStarter;
}

/** Runs the learner's module in a confined Python process, and judges its results and files in this process. */
export const pythonCheckpoint = <Inputs>(checks: PythonChecks<Inputs>): PythonCheckpoint => ({
  check: (file, seed, options) => checkPython(checks, file, seed, options),
  canary: (token) => `def ${checks.name}(*_: object) -> None:\n    raise RuntimeError("${token}")\n`,
  liar: checks.liar,
});

async function checkPython<Inputs>(
  { inputs: inputsOf, judge, ...checks }: PythonChecks<Inputs>,
  file: string,
  seed: number,
  { limits = PYTHON_LIMITS, starter = sharedPython }: PythonOptions = {},
): Promise<CheckReport> {
  const python = trainerPython();
  if (!python) return { outcome: 'could not judge', requirements: [], problem: NO_TRAINER, printed: '' };
  const inputs = inputsOf(seed);
  const source = readFileSync(file);
  const run = await runPython(python, { ...checks, seed, inputs, file, source }, limits, starter);
  const { ending, printed, lastCall: input } = run;
  const learner = { path: file, source: source.toString('utf8'), name: checks.name };
  if (ending) {
    const problem = { ...explainPython(ending, learner, limits), input };
    return { outcome: isStarved(ending, limits) ? 'could not judge' : 'failed', requirements: [], problem, printed };
  }
  const requirements = mergeSameFailures(await judge(run, inputs, learner));
  return { outcome: requirements.every(({ passed }) => passed) ? 'passed' : 'failed', requirements, printed };
}
