import { describePython } from '../../../../academy/runners/python/explain-python-ending.ts';
import type { JudgedCase } from '../../../../academy/runners/python/requirement-result-of-judged-cases.ts';
import type { PythonRun } from '../../../../academy/runners/python/run-python.ts';
import type { Expected } from './generate-model-inputs.ts';
import { TOLERANCE } from './run-and-compare-networks.ts';

/** Amount by which the export of the model `small loss` changes each score. */
const SMALL = 0.000_05;
/** Largest error of the reported difference, because scores are 32-bit numbers. */
const SLACK = 0.000_01;
/** Digits of both in a message. */
const DIGITS = 5;

/** What scenarios.py says about the learner's result. */
interface Facts {
  readonly type: string;
  readonly difference: number | null;
}

const ACCEPTED = 'it returned, and the trainer would have written the manifest';
const OTHER_ERROR =
  'The trainer shows a TrainerError to people as an explanation. Any other error looks like a bug of the trainer.';

/** Models that change during the export, by the name of the call. */
const lossesOf = (sign: number) =>
  [
    [
      'lost in the ranker',
      `a ranker whose scores of half of the titles are 0.00015 ${direction(sign)} in ONNX, for users with plays`,
    ],
    [
      'lost for the last title',
      `a ranker whose scores of the last title are 0.00015 ${direction(sign)} in ONNX, for users with plays`,
    ],
    ['lost in the tower', 'a user tower whose first number is 0.005 lower in ONNX, for users with plays'],
    ['added in the tower', 'a user tower whose first number is 0.005 higher in ONNX, for users with plays'],
  ] as const;

const direction = (sign: number) => (sign > 0 ? 'lower' : 'higher');

/** Checks that `export` rejects models that change when they are converted to ONNX. */
export const judgeChecks = (run: PythonRun, { sign }: Expected, path: string): JudgedCase[] =>
  lossesOf(sign).map(([name, input]) => {
    const outcome = run.calls.get(name)?.outcome;
    const isRejected = outcome?.kind === 'raised' && outcome.classes.includes('TrainerError');
    const got = outcome?.kind === 'returned' ? ACCEPTED : describePython(outcome, path);
    const why = outcome?.kind === 'raised' ? OTHER_ERROR : undefined;
    return { name, input, expected: 'a TrainerError', got: isRejected ? undefined : got, why };
  });

/**
 * Checks the reported difference: for a model that the export does not change, and for one that it changes slightly.
 */
export function judgeReport(run: PythonRun, { sign }: Expected, path: string): JudgedCase[] {
  const within = (name: string, input: string, least: number, most: number): JudgedCase => {
    const outcome = run.calls.get(name)?.outcome;
    const value = outcome?.kind === 'returned' ? (outcome.value as unknown as Facts) : undefined;
    const difference = value?.difference ?? undefined;
    const isRight = difference !== undefined && difference >= least && difference <= most;
    const other = value && `${difference ?? `a ${value.type} without a finite greatest_difference`}`;
    const expected = `a greatest_difference between ${least} and ${most}`;
    return { name, input, expected, got: isRight ? undefined : (other ?? describePython(outcome, path)) };
  };
  return [
    within('export', 'a model that the export does not change', 0, TOLERANCE),
    within(
      'small loss',
      `a ranker whose scores are ${SMALL.toFixed(DIGITS)} ${direction(-sign)} in ONNX`,
      SMALL - SLACK,
      SMALL + SLACK,
    ),
  ];
}
