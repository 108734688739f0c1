import { BrickError } from '#domain/core/brick-error.ts';
import {
  findStep,
  hintsOf,
  programOf,
  startedFile,
} from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { appendProgress, progressOf, readProgress } from '../../../stories/academy/progress/progress-log.ts';
import { DEFAULT_WORKSPACE } from '../../../stories/academy/workspace/workspace-paths.ts';
import type { Terminal } from '../../console/terminal.ts';

export interface SolutionOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
  /** Show the solution of a step that was not passed. */
  readonly yes?: boolean;
}

export class SolutionLocked extends BrickError {
  override readonly code = 'BRICK_SOLUTION_LOCKED';
  constructor(id: string, why: string, fix: string) {
    super({ what: `the solution of step ${id} is not shown yet`, why, fix });
  }
}

/**
 * Prints the solution of a step after it was passed, or after the last hint if the learner confirms. The learner's progress
 * records that it was shown.
 *
 * @throws UnknownStep, StepNotStarted, SolutionLocked
 */
export async function solution(
  id: string,
  { workspace = DEFAULT_WORKSPACE, yes }: SolutionOptions,
  terminal: Terminal,
): Promise<number> {
  const step = await findStep(id);
  startedFile(step, workspace);
  const { passed, hints } = progressOf(step.id, readProgress(workspace));
  const all = hintsOf(step).length;
  if (!passed && hints < all) {
    const why = `you have seen ${hints} of ${all} hints, and a solution that you find yourself stays longer in memory`;
    throw new SolutionLocked(id, why, `Run npx agentbricks hint ${id}`);
  }
  if (!passed && !yes) {
    const why = 'the step was not passed, and your progress will record that you saw the solution';
    throw new SolutionLocked(id, why, `Run npx agentbricks solution ${id} --yes`);
  }
  terminal.out(programOf(step, 'solution').trimEnd());
  appendProgress(workspace, { kind: 'solution', at: Date.now(), step: step.id });
  return 0;
}
