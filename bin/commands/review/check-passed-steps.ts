import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { allSteps, findStep, shown } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { progressOf, readProgress } from '../../../stories/academy/progress/progress-log.ts';
import { DEFAULT_WORKSPACE } from '../../../stories/academy/workspace/workspace-paths.ts';
import type { Terminal } from '../../console/terminal.ts';
import { judgeAndRecord, newSeed } from '../story/judge-and-record.ts';
import { EXIT_STATUS } from '../story/print-check-report.ts';

export interface CheckAllOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
  /** Print one line of JSON per step. */
  readonly json?: boolean;
  /** Random seed of the generated cases. @default - a new one */
  readonly seed?: number;
}

type Outcome = keyof typeof EXIT_STATUS | 'missing';

/**
 * Checks the learner's code of all steps that were passed again, for instance after an update of this repository.
 *
 * @returns 0 if all passed, 1 if one failed or its file is missing, otherwise 3 if one could not be judged
 */
export async function checkPassedSteps(options: CheckAllOptions, terminal: Terminal): Promise<number> {
  const { workspace = DEFAULT_WORKSPACE, json, seed = newSeed() } = options;
  const entries = readProgress(workspace);
  const passed = allSteps().filter(({ id }) => progressOf(id, entries).passed);
  const outcomes: Outcome[] = [];
  for (const { id, title, learnerFile } of passed) {
    const file = join(workspace, learnerFile);
    const outcome = existsSync(file)
      ? (await judgeAndRecord(await findStep(id), file, seed, workspace)).outcome
      : 'missing';
    outcomes.push(outcome);
    if (json) terminal.out(JSON.stringify({ step: id, file, seed, outcome }));
    else terminal.out(`${outcome === 'passed' ? '✓' : '✗'} ${id} ${title}${detailsOf(outcome, id, file)}`);
  }
  if (passed.length === 0) terminal.say('You have not passed a step yet. npx agentbricks learn shows the next one.');
  if (outcomes.some((outcome) => outcome === 'failed' || outcome === 'missing')) return EXIT_STATUS.failed;
  return EXIT_STATUS[outcomes.includes('could not judge') ? 'could not judge' : 'passed'];
}

function detailsOf(outcome: Outcome, id: string, file: string): string {
  switch (outcome) {
    case 'passed':
      return '';
    case 'failed':
      return `: npx agentbricks check ${id} shows what fails`;
    case 'missing':
      return `: ${shown(file)} does not exist any more`;
    case 'could not judge':
      return ': could not judge, because the machine was too busy';
  }
}
