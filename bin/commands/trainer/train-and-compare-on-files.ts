import { resolve } from 'node:path';
import type { RecommenderName } from '#domain/models/recommender-algorithm-names.ts';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { prepareTrainer, TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import { count, seconds, table } from '../../console/format-values-and-tables.ts';
import { progressOf, trainerFailure } from '../../console/parse-trainer-stderr.ts';
import { untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';
import { homeAt } from '../../home/world-folders-and-current-world.ts';

export interface EvaluateOptions {
  readonly home: string;
  readonly train: string;
  readonly test: string;
  readonly negatives?: string;
  readonly models: readonly RecommenderName[];
  readonly k: number;
  readonly seed: number;
  /** Folder of the checkpoints from which an interrupted training resumes. */
  readonly checkpoints?: string;
  /** File with hyperparameters of the two-tower model. @default - the model's built-in hyperparameters */
  readonly settings?: string;
  readonly json?: boolean;
}

interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Output of `python -m agentbricks_trainer compare`. */
interface Comparison {
  readonly protocol: string;
  readonly interactions: number;
  readonly users: number;
  readonly items: number;
  /** Number of test plays that are ranked. */
  readonly testPairs: number;
  /** Counts of entries that suggest an error in the test file or in the file of negatives. */
  readonly doubts: {
    readonly testPairsInTrain: number;
    /** Pairs whose user and item are both missing from the training file. */
    readonly testPairsUnknown: number;
    readonly repeatedNegatives: number;
    readonly takenNegatives: number;
  };
  readonly models: readonly {
    readonly model: string;
    readonly metrics: Readonly<Record<string, Estimate>>;
    /** Share of the items that were recommended to at least one user. */
    readonly coverage: number;
    readonly trainSeconds: number;
    readonly peakBytes: number;
  }[];
  readonly differences: readonly (Estimate & {
    readonly metric: string;
    readonly model: string;
    readonly against: string;
    /**
     * p-value of Student's paired t-test. Null if it is undefined: for one user, or if all users have the same
     * difference.
     */
    readonly p: number | null;
  })[];
}

/** Trains models on a file of plays, and compares how they rank the plays of a test file. */
export async function evaluateFiles(options: EvaluateOptions, terminal: Terminal): Promise<number> {
  return untilInterrupted(terminal, async (signal) => {
    const onStep = (step: string) => terminal.say(`Trainer: ${step}`);
    const python = await prepareTrainer({ folder: homeAt(options.home).trainer, onStep, signal });
    const onLine = (line: string) => terminal.progress(`  ${progressOf(line)}`);
    const { status, stdout, tail } = await run(python, argumentsOf(options), { cwd: TRAINER_PACKAGE, onLine, signal });
    if (status !== 0) throw trainerFailure(tail);
    const comparison = JSON.parse(stdout) as Comparison;
    if (options.json) terminal.out(JSON.stringify(comparison));
    else for (const line of pageOf(comparison)) terminal.out(line);
    for (const line of warningsOf(comparison)) terminal.say(line);
    return 0;
  });
}

const argumentsOf = ({ train, test, negatives, models, k, seed, ...more }: EvaluateOptions): string[] => [
  ...['-m', 'agentbricks_trainer', 'compare', '--train', resolve(train), '--test', resolve(test)],
  ...(negatives === undefined ? [] : ['--negatives', resolve(negatives)]),
  ...(more.checkpoints === undefined ? [] : ['--checkpoints', resolve(more.checkpoints)]),
  ...(more.settings === undefined ? [] : ['--settings', resolve(more.settings)]),
  ...['--models', ...models, '--k', String(k), '--seed', String(seed)],
];

const DIGITS = 4;
const P_DIGITS = 2;
/** Smallest p-value that is shown. The assumptions of the test are not precise enough for smaller values. */
const LEAST_P = 1e-12;
const PERCENT = 100;
const MEBI = 2 ** 20;
const MS = 1_000;
const shown = ({ value, low, high }: Estimate) =>
  `${value.toFixed(DIGITS)} (${low.toFixed(DIGITS)}–${high.toFixed(DIGITS)})`;

/** Formats a p-value, or a dash if it is undefined. */
const significance = (p: number | null) => {
  if (p === null) return 'p = –';
  return p < LEAST_P ? `p < ${LEAST_P}` : `p = ${p.toPrecision(P_DIGITS)}`;
};

function* warningsOf({ testPairs, doubts }: Comparison): Generator<string> {
  const { testPairsInTrain, testPairsUnknown, repeatedNegatives, takenNegatives } = doubts;
  if (testPairsInTrain > 0)
    yield `Warning: ${count(testPairsInTrain)} of ${count(testPairs + testPairsInTrain)} test pairs are in the training file too. They are excluded.`;
  if (testPairsUnknown > 0)
    yield `Warning: the training file has neither the user nor the item of ${count(testPairsUnknown)} of ${count(testPairs)} test pairs.`;
  if (repeatedNegatives > 0)
    yield `Warning: ${count(repeatedNegatives)} negatives occur more than once in their line. Each counts once.`;
  if (takenNegatives > 0)
    yield `Warning: ${count(takenNegatives)} negatives are test items or items that the user has played. They are excluded.`;
}

function pageOf({ protocol, interactions, users, items, models, differences }: Comparison): string[] {
  const names = Object.keys(models[0]?.metrics ?? {});
  const rows = models.map(({ model, metrics, coverage, trainSeconds, peakBytes }) => [
    model,
    ...names.map((name) => shown(metrics[name] as Estimate)),
    `${(PERCENT * coverage).toFixed(1)} %`,
    seconds(trainSeconds * MS),
    `${count(Math.round(peakBytes / MEBI))} MiB`,
  ]);
  return [
    `${count(interactions)} plays, ${count(users)} users in the test, ${count(items)} items, ${protocol}; 95 % intervals`,
    ...table([['', ...names, 'coverage', 'training', 'peak memory'], ...rows]),
    ...differences.map(
      ({ metric, model, against, p, ...difference }) =>
        `${metric}: ${model} differs from ${against} by ${shown(difference)}, ${significance(p)}`,
    ),
  ];
}
