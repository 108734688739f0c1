import { createHash, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Step } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { type CheckResult, runChecks } from '../../../stories/academy/judging/run-checkpoint-on-file.ts';
import { type Misconception, misconceptionIn } from '../../../stories/academy/mentor/name-misconception.ts';
import { syntaxComments } from '../../../stories/academy/mentor/syntax/collect-syntax-comments.ts';
import type { SyntaxComment } from '../../../stories/academy/mentor/syntax/syntax-comment-and-line-of-offset.ts';
import { appendProgress, type ProgressEntry } from '../../../stories/academy/progress/progress-log.ts';

/** Result of a check, with the mentor's words about a failure. */
export interface MentoredResult extends CheckResult {
  /** @default - the check passed, or no misconception is similar to the failures */
  readonly misconception?: Misconception;
  /** Remarks on the form of a program that failed. @default - the check passed, or no rule found anything */
  readonly comments?: readonly SyntaxComment[];
}

/** Number of possible seeds. */
const SEEDS = 2 ** 32;

/** Returns a random seed of generated cases. */
export const newSeed = (): number => randomInt(SEEDS);

/** Runs the checks of a step, and records the result in the learner's progress. */
export async function judgeAndRecord(
  step: Step,
  file: string,
  seed: number,
  workspace: string,
): Promise<MentoredResult> {
  const result = await runChecks(step, file, seed);
  appendProgress(workspace, entryFor(result));
  const program = readFileSync(file, 'utf8');
  const misconception = misconceptionIn(step, result, program);
  const comments = result.outcome === 'failed' ? await syntaxComments(step, program) : [];
  return { ...result, ...(misconception && { misconception }), ...(comments.length > 0 && { comments }) };
}

const entryFor = ({ step, file, outcome, seed, requirements }: CheckResult): ProgressEntry => ({
  ...{ kind: 'check', at: Date.now(), step, outcome, seed },
  sha256: createHash('sha256').update(readFileSync(file)).digest('hex'),
  failed: requirements.filter(({ passed }) => !passed).map(({ says }) => says),
});
