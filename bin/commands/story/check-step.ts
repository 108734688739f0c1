import { BrickError } from '#domain/core/brick-error.ts';
import { findStep, startedFile } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { confinementLevel } from '../../../stories/academy/confinement/find-strongest-confinement.ts';
import { DEFAULT_WORKSPACE } from '../../../stories/academy/workspace/workspace-paths.ts';
import { askLine } from '../../console/ask-line.ts';
import type { Terminal } from '../../console/terminal.ts';
import { judgeAndRecord, newSeed } from './judge-and-record.ts';
import { judgeExamples, printExamples } from './judge-examples.ts';
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
  /** Run the code in a small city, and measure the effect, instead of the checks. */
  readonly live?: boolean;
  /** Check all steps again that the learner has passed. */
  readonly all?: boolean;
  /** With `live`: the learner's answer to the question of the step. */
  readonly predict?: string;
  /** With `live`: reads a line from the learner. @default - from the terminal, if standard input is one */
  readonly ask?: (question: string) => Promise<string>;
}

class StepNotGiven extends BrickError {
  override readonly code = 'BRICK_STEP_NOT_GIVEN';
  constructor(what: string) {
    super({
      what,
      why: '`check` needs the number of one step, or --all for every step that you have passed',
      fix: 'Name a step, such as `npx agentbricks check 01.1`, or use --all with no options other than --seed and --json',
    });
  }
}

class PredictionWithoutLive extends BrickError {
  override readonly code = 'BRICK_PREDICTION_WITHOUT_LIVE';
  constructor() {
    super({
      what: '--predict was given without --live',
      why: 'only the live check measures what you predict',
      fix: 'Add --live',
    });
  }
}

/** Checks one step, or with `all` every passed step. @throws StepNotGiven, PredictionWithoutLive, and what `check` throws */
export async function checkOneOrAll(
  id: string | undefined,
  options: CheckOptions,
  terminal: Terminal,
): Promise<number> {
  const { all, live, hint: asksHint, predict } = options;
  if (predict !== undefined && !live) throw new PredictionWithoutLive();
  if (!all) {
    if (id === undefined) throw new StepNotGiven('no step is given');
    return await check(id, options, terminal);
  }
  if (id !== undefined || live || asksHint || predict !== undefined)
    throw new StepNotGiven('--all was combined with a step, --live, --hint or --predict');
  const { checkPassedSteps } = await import('../review/check-passed-steps.ts');
  await warnIfNotConfined(terminal);
  return await checkPassedSteps(options, terminal);
}

/**
 * Runs a step's checks against the learner's code, in a confined process.
 *
 * @returns 0 if all checks passed, 1 if one failed, 3 if the code could not be judged
 * @throws UnknownStep, StepNotStarted
 */
export async function check(id: string, options: CheckOptions, terminal: Terminal): Promise<number> {
  const { workspace = DEFAULT_WORKSPACE, json, seed = newSeed() } = options;
  const step = await findStep(id);
  const file = startedFile(step, workspace);
  if (options.hint) return await hint(id, { workspace, json }, terminal);
  await warnIfNotConfined(terminal);
  if (options.live) {
    const { checkLive } = await import('./check-live-in-small-city.ts');
    const { predict, ask = process.stdin.isTTY ? askLine : undefined } = options;
    return await checkLive(step, file, { workspace, json, predict, ask }, terminal);
  }
  const examples = await judgeExamples(step, file, seed, workspace);
  if (examples) {
    if (json) terminal.out(JSON.stringify({ step: step.id, seed, outcome: examples.outcome, examples }));
    else printExamples(step, file, examples, terminal);
    return EXIT_STATUS[examples.outcome];
  }
  const result = await judgeAndRecord(step, file, seed, workspace);
  if (json) terminal.out(JSON.stringify(result));
  else printReport(step, result, terminal);
  return EXIT_STATUS[result.outcome];
}

/** Names the protection that this machine lacks, in one line. */
async function warnIfNotConfined(terminal: Terminal): Promise<void> {
  const { warning } = await confinementLevel();
  if (warning) terminal.say(warning);
}
