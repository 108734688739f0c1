import { findStep, hintsOf, startedFile } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { appendProgress, progressOf, readProgress } from '../../../stories/academy/progress/progress-log.ts';
import { DEFAULT_WORKSPACE } from '../../../stories/academy/workspace/workspace-paths.ts';
import type { Terminal } from '../../console/terminal.ts';

export interface HintOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
  /** Print the hint as JSON. */
  readonly json?: boolean;
}

/**
 * Prints the next hint of a step, or the last one again if there is no other, and records it in the learner's progress.
 *
 * @throws UnknownStep, StepNotStarted
 */
export async function hint(
  id: string,
  { workspace = DEFAULT_WORKSPACE, json }: HintOptions,
  terminal: Terminal,
): Promise<number> {
  const step = await findStep(id);
  startedFile(step, workspace);
  const hints = hintsOf(step);
  const { hints: shown } = progressOf(step.id, readProgress(workspace));
  const number = Math.min(shown + 1, hints.length);
  const text = hints[number - 1] ?? '';
  if (json) terminal.out(JSON.stringify({ step: step.id, hint: number, of: hints.length, text }));
  else {
    terminal.out(terminal.bold(`${step.id} hint ${number} of ${hints.length}`));
    terminal.out(text);
  }
  appendProgress(workspace, { kind: 'hint', at: Date.now(), step: step.id, hint: number });
  return 0;
}
