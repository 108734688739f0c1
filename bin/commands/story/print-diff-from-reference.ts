import { spawnSync } from 'node:child_process';
import { findStep, programFileOf, startedFile } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { progressOf, readProgress } from '../../../stories/academy/progress/progress-log.ts';
import { DEFAULT_WORKSPACE } from '../../../stories/academy/workspace/workspace-paths.ts';
import type { Terminal } from '../../console/terminal.ts';
import { SolutionLocked } from './print-solution.ts';

export interface DiffOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
}

/** Status of `git diff --no-index` for files that differ. */
const DIFFERENT = 1;

/**
 * Shows the learner's code of a step that was passed, next to the reference implementation.
 *
 * @throws UnknownStep, StepNotStarted, SolutionLocked
 */
export async function diff(
  id: string,
  { workspace = DEFAULT_WORKSPACE }: DiffOptions,
  terminal: Terminal,
): Promise<number> {
  const step = await findStep(id);
  const file = startedFile(step, workspace);
  if (!progressOf(step.id, readProgress(workspace)).passed) {
    throw new SolutionLocked(id, 'you have not passed the step yet', `Run npx agentbricks check ${id}`);
  }
  const args = ['--no-pager', 'diff', '--no-index', '--no-color', '--', file, programFileOf(step, 'solution')];
  const { status, stdout, error } = spawnSync('git', args, { encoding: 'utf8' });
  if (error || status === null || status > DIFFERENT) {
    terminal.say(`git is not installed, so the files cannot be compared. Run npx agentbricks solution ${id}`);
    return 1;
  }
  terminal.out(status === 0 ? 'Your code is the reference implementation, line by line.' : stdout.trimEnd());
  return 0;
}
