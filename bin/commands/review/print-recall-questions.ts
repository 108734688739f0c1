import { allSteps, findSummary } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { nextStep } from '../../../stories/academy/catalogue/next-step.ts';
import { questionsOf } from '../../../stories/academy/catalogue/read-prediction-and-recall-questions.ts';
import { DEFAULT_WORKSPACE } from '../../../stories/academy/workspace/workspace-paths.ts';
import type { Terminal } from '../../console/terminal.ts';

export interface RecallOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
  /** Print the answers, too. */
  readonly answers?: boolean;
  /** Do not say how to print the answers. */
  readonly questionsOnly?: boolean;
  /** Print the questions as JSON. */
  readonly json?: boolean;
}

/**
 * Prints the questions that a step asks about earlier steps.
 *
 * @param id @default - the first step that the learner has not passed
 * @throws UnknownStep
 */
export async function recall(id: string | undefined, options: RecallOptions, terminal: Terminal): Promise<number> {
  const { workspace = DEFAULT_WORKSPACE, answers, json, questionsOnly } = options;
  const step = id === undefined ? (nextStep(workspace) ?? allSteps().at(-1)) : findSummary(id);
  if (!step) return 0;
  const questions = questionsOf(step).recall.map(({ answer, ...each }) => ({ ...each, ...(answers && { answer }) }));
  if (json) {
    terminal.out(JSON.stringify({ step: step.id, questions }));
    return 0;
  }
  for (const [index, { question, from, answer }] of questions.entries()) {
    terminal.out(`${index + 1}. (step ${from}) ${question.trim()}`);
    if (answer !== undefined) terminal.out(`   ${answer.trim()}`);
  }
  if (!answers && !questionsOnly)
    terminal.out(`Answer in your own words, then compare: npx agentbricks recall ${step.id} --answers`);
  return 0;
}
