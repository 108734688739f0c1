import { realpathSync } from 'node:fs';
import { BrickError } from '#domain/core/brick-error.ts';
import type { Step } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import {
  predictionText,
  questionsOf,
} from '../../../stories/academy/catalogue/read-prediction-and-recall-questions.ts';
import type {
  LiveFigure,
  LiveReport,
  Predicted,
} from '../../../stories/academy/judging/live-check-types-and-reports.ts';
import { appendProgress, readProgress } from '../../../stories/academy/progress/progress-log.ts';
import { liveCheckOf } from '../../../stories/academy/proof/run-live-check-on-proof-programs.ts';
import type { Terminal } from '../../console/terminal.ts';
import { livePorts } from '../../learner-code/run-live-check-cities.ts';
import { problemLines } from './print-check-report.ts';

export interface LiveOptions {
  readonly workspace: string;
  readonly json?: boolean;
  /** The learner's answer to the question of the step. @default - the question is not answered */
  readonly predict?: string;
  /** Reads a line from the learner. @default - the question is printed without waiting for an answer */
  readonly ask?: (question: string) => Promise<string>;
}

/** The city of a live check is the same each time, so that two versions of the code can be compared. */
const SEED = 1;
/** `not certain yet` is not a failure: the city was too small to see a difference. */
const EXIT_STATUS = { passed: 0, 'not certain yet': 0, failed: 1, 'could not judge': 3 } as const;

class NoLiveCheck extends BrickError {
  override readonly code = 'BRICK_NO_LIVE_CHECK';
  constructor(id: string) {
    super({
      what: `step ${id} has no live check`,
      why: 'only some steps have a live check, which measures their effect in a small city',
      fix: `Run \`npx agentbricks check ${id}\` without --live`,
    });
  }
}

class UnknownAnswer extends BrickError {
  override readonly code = 'BRICK_UNKNOWN_ANSWER';
  constructor(answer: string, choices: readonly string[]) {
    super({
      what: `${JSON.stringify(answer)} is not an answer to the question of this step`,
      why: `the answers are ${choices.join(' · ')}`,
      fix: 'Give one of them with --predict',
    });
  }
}

/**
 * Runs the learner's code in a small city, and prints what our instruments measured, next to the reference
 * implementation.
 *
 * @returns 0 if it passed or is not certain yet, 1 if it failed, 3 if it could not be judged
 * @throws NoLiveCheck, UnknownAnswer
 */
export async function checkLive(step: Step, file: string, options: LiveOptions, terminal: Terminal): Promise<number> {
  const live = await liveCheckOf(step);
  if (!live) throw new NoLiveCheck(step.id);
  const { workspace, json } = options;
  const predict = await predictionFor(step, options, terminal);
  const report = await live.run({ file: realpathSync(file) }, SEED, livePorts(terminal.say));
  const { outcome, figures } = report;
  appendProgress(workspace, {
    ...{ kind: 'live', at: Date.now(), step: step.id, outcome, seed: SEED },
    figures: figures.map(({ name, yours, reference }) => ({ name, yours, reference })),
    ...(predict !== undefined && { prediction: predict }),
  });
  if (json) terminal.out(JSON.stringify({ step: step.id, seed: SEED, ...report, predict }));
  else for (const line of reportLines(step, file, report, predict)) terminal.out(line);
  return EXIT_STATUS[outcome];
}

/** Asks for the prediction before the first live check of a step. @returns undefined if there is none */
async function predictionFor(
  step: Step,
  { workspace, json, predict, ask }: LiveOptions,
  terminal: Terminal,
): Promise<string | undefined> {
  if (predict !== undefined) return knownAnswer(step, predict);
  if (json) return undefined;
  const isPredicted = readProgress(workspace).some(
    (entry) => entry.kind === 'live' && entry.step === step.id && entry.prediction !== undefined,
  );
  if (isPredicted) return undefined;
  if (ask) return (await ask(`${predictionText(step)}\nYour prediction: `)) || undefined;
  terminal.say(`To see your prediction next to the result, add --predict with your answer. ${predictionText(step)}`);
  return undefined;
}

/** Returns the choice that the learner gave, perhaps without its unit. @throws UnknownAnswer */
function knownAnswer(step: Step, given: string): string {
  const { choices } = questionsOf(step).prediction;
  const isGiven = (choice: string) => choice === given || choice.split(' ')[0] === given;
  const known = choices?.find((choice) => isGiven(choice.toLowerCase()) || isGiven(choice));
  if (choices && known === undefined) throw new UnknownAnswer(given, choices);
  return known ?? given;
}

function reportLines(step: Step, file: string, report: LiveReport, predict?: string): string[] {
  const { outcome, figures, problem, predicted } = report;
  const { prediction } = questionsOf(step);
  const unit = prediction.unit ? ` ${prediction.unit}` : '';
  return [
    `${step.id} ${step.title}, in a small city: ${outcome}`,
    ...figures.map(figureLine),
    ...(problem ? problemLines(file, problem) : []),
    ...(predict === undefined
      ? []
      : [
          `You predicted ${predict}. The answer is ${prediction.answer}${unit}.`,
          prediction.why,
          ...(predicted ? [truthLine(predicted, figures)] : []),
          ...(predicted?.shownBy === undefined ? [] : [predicted.shownBy]),
        ]),
  ];
}

function truthLine({ name, truth, measuredWith }: Predicted, figures: readonly LiveFigure[]): string {
  const code = measuredWith === undefined ? '' : `, with ${measuredWith}`;
  const unit = figures.find((figure) => figure.name === name)?.unit;
  return `In this city${code}: ${name} = ${rounded(truth)}${unit ? ` ${unit}` : ''}.`;
}

function figureLine({ name, unit, yours, reference, low, high, required }: LiveFigure): string {
  const interval =
    low === undefined || high === undefined ? '' : ` (95 % interval ${rounded(low)} to ${rounded(high)})`;
  const ofUnit = unit ? ` ${unit}` : '';
  const demand = required === undefined ? '' : `, required ${required}`;
  return `  ${name}: ${rounded(yours)}${ofUnit}${interval}, reference ${rounded(reference)}${ofUnit}${demand}`;
}

const rounded = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 4 });
