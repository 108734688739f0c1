import { createHash, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { findStep, startedFile } from '../../../stories/academy/catalogue/find-step.ts';
import { confinementLevel } from '../../../stories/academy/confinement/confinement-level.ts';
import { type CheckResult, runChecks } from '../../../stories/academy/judging/run-checks.ts';
import { appendProgress, type ProgressEntry } from '../../../stories/academy/progress/progress-log.ts';
import { DEFAULT_WORKSPACE } from '../../../stories/academy/workspace/workspace-paths.ts';
import type { Terminal } from '../../console/terminal.ts';
import { EXIT_STATUS, printReport } from './print-check-report.ts';
import { hint } from './print-hint.ts';

export interface CheckOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
  /** Print the result as JSON. */
  readonly json?: boolean;
  /** Print the next hint and run no check. */
  readonly hint?: boolean;
  /** Random seed of the generated cases. @default - a new one for each run */
  readonly seed?: number;
}

/** Number of possible seeds. */
const SEEDS = 2 ** 32;

/**
 * Runs a step's checks against the learner's code, in a confined process.
 *
 * @returns 0 if all checks passed, 1 if one failed, 3 if the code could not be judged
 * @throws UnknownStep, StepNotStarted
 */
export async function check(id: string, options: CheckOptions, terminal: Terminal): Promise<number> {
  const { workspace = DEFAULT_WORKSPACE, json, seed = randomInt(SEEDS) } = options;
  const step = await findStep(id);
  const file = startedFile(step, workspace);
  if (options.hint) return await hint(id, { workspace, json }, terminal);
  await warnIfNotConfined(terminal);
  const result = await runChecks(step, file, seed);
  appendProgress(workspace, entryFor(result));
  if (json) terminal.out(JSON.stringify(result));
  else printReport(step, result, terminal);
  return EXIT_STATUS[result.outcome];
}

/** Names the protection that this machine lacks, in one line. */
async function warnIfNotConfined(terminal: Terminal): Promise<void> {
  const { warning } = await confinementLevel();
  if (warning) terminal.say(warning);
}

const entryFor = ({ step, file, outcome, seed, requirements }: CheckResult): ProgressEntry => ({
  ...{ kind: 'check', at: Date.now(), step, outcome, seed },
  sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
  failed: requirements.filter(({ passed }) => !passed).map(({ says }) => says),
});
