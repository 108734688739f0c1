import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { allSteps, type StepSummary } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { progressOf, readProgress, type StepProgress } from '../../../stories/academy/progress/progress-log.ts';
import { DEFAULT_WORKSPACE } from '../../../stories/academy/workspace/workspace-paths.ts';
import type { Terminal } from '../../console/terminal.ts';

export interface ListOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
  /** Print the list as JSON. */
  readonly json?: boolean;
}

type State = 'passed' | 'started' | 'not started';
const MARKS: Readonly<Record<State, string>> = { passed: '✓', started: '…', 'not started': '○' };

/** Lists the steps of the story, with the learner's progress in each one. */
export async function list({ workspace = DEFAULT_WORKSPACE, json }: ListOptions, terminal: Terminal): Promise<number> {
  const entries = readProgress(workspace);
  const rows = allSteps().map((step) => {
    const progress = progressOf(step.id, entries);
    return { step: step.id, title: step.title, state: stateOf(step, progress, workspace), ...progress };
  });
  if (json) {
    terminal.out(JSON.stringify(rows));
    return 0;
  }
  for (const { step, title, state, attempts } of rows) {
    const count = attempts === 0 ? '' : ` (${attempts} ${attempts === 1 ? 'attempt' : 'attempts'})`;
    terminal.out(`${MARKS[state]} ${step} ${title}: ${state}${count}`);
  }
  const next = rows.find(({ state }) => state !== 'passed');
  if (next) terminal.out(`\nNext: npx agentbricks ${next.state === 'started' ? 'check' : 'start'} ${next.step}`);
  return 0;
}

function stateOf({ learnerFile }: StepSummary, { passed }: StepProgress, workspace: string): State {
  if (passed) return 'passed';
  return existsSync(join(workspace, learnerFile)) ? 'started' : 'not started';
}
