import { progressOf, readProgress } from '../progress/progress-log.ts';
import { allSteps, type StepSummary } from './list-steps-and-find-files.ts';

/** Returns the first step that the learner has not passed, or undefined if there is none. */
export function nextStep(workspace: string): StepSummary | undefined {
  const entries = readProgress(workspace);
  return allSteps().find(({ id }) => !progressOf(id, entries).passed);
}
