import { type DuckDb, openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { DAY } from '#domain/core/time.ts';
import type { ComputeLabelledFeatures } from '#domain/events/all-bricks-seam-types.ts';
import { EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';
import { lakeFiles } from '../../../../functions/feature-engineering/lake-relation.ts';
import { loadKnown, trainingSet } from '../../../../functions/feature-engineering/training-set-query-and-split-time.ts';
import { loadExposures } from '../../../../functions/feature-engineering/views/training-queries.ts';
import { withTrainingSet } from '../../../../functions/feature-engineering/views/use-learners-or-reference-training-set.ts';
import { CITY_STARTS_AT } from '../../city/simulate-until.ts';
import { openRuntime } from '../../host/open-runtime.ts';
import { type LiveCitySize, runLiveCity } from '../live-city/simulate-and-measure-first-days.ts';
import { areaUnderCurve, type Example, fitLogistic } from './fit-logistic-regression-and-auc.ts';

/** A row of a training set. */
interface Row extends Example {
  /** UTC epoch ms. */
  readonly occurredAt: number;
  /** All values, for comparisons. */
  readonly text: string;
}

export interface MeasuredTrainingSet {
  readonly rows: number;
  /** Rows whose values change if later changes are removed from the tables. */
  readonly knowFuture: number;
  /** Rows that differ from those of the reference. */
  readonly differ: number;
  /** AUC of a model trained on the earlier rows: on the query's own later rows, and on those with the values of the time. */
  readonly auc: { readonly offline: number; readonly inCity: number };
}

export class NoTrainingSet extends BrickError {
  override readonly code = 'BRICK_NO_TRAINING_SET';
  constructor() {
    super({
      what: 'the city has no plays from which a training set can be computed',
      why: 'the city is too small',
      fix: 'Use more agents or days',
    });
  }
}

/** Shares of the labels, in the order of time, after which later changes are removed. The last one is first. */
const CUTS = [0.75, 0.5, 0.25];
/** Share of the labels, in the order of time, from which the model learns. */
const TRAIN_SHARE = 0.7;
/** Tables of changes that the query reads. */
const CHANGES = ['user_changes', 'title_plays_and_ratings', 'user_genre_plays'];

/**
 * Simulates a small city, and computes two training sets from its log: with the learner's query and with the reference.
 *
 * @param dataDir an empty folder
 * @returns no `yours` if the learner's query did not compute a training set
 */
export async function compareTrainingSets(
  size: LiveCitySize,
  dataDir: string,
  compute: ComputeLabelledFeatures,
  onProgress: (line: string) => void,
): Promise<{ readonly yours?: MeasuredTrainingSet; readonly reference: MeasuredTrainingSet }> {
  await runLiveCity(size, dataDir, {}, (day) => onProgress(`the city: day ${day} of ${size.days}`));
  const asOf = CITY_STARTS_AT + size.days * DAY;
  await using runtime = await openRuntime({ dataDir, now: () => asOf, logLevel: 'SILENT' });
  await runtime.settle(['archive']);
  const { lake } = runtime.ports;
  using database = await openDuckDb();
  const events = await lakeFiles(lake, EVENTS);
  if (!events) throw new NoTrainingSet();
  await loadKnown(database, events, asOf);
  await loadExposures(database, await lakeFiles(lake, EXPOSURES));
  const query = await trainingSet(database);
  onProgress('the training sets');
  const learners = await rowsOf(database, query, compute);
  const right = (await rowsOf(database, query)) ?? [];
  if (right.length === 0) throw new NoTrainingSet();
  const future = await countFuture(database, query, { learners, right }, compute);
  const measured = (rows: readonly Row[], knowFuture: number): MeasuredTrainingSet => ({
    ...{ rows: rows.length, knowFuture, differ: missing(rows, right), auc: aucOf(rows, right) },
  });
  const reference = measured(right, future.right);
  return learners && future.learners !== undefined
    ? { yours: measured(learners, future.learners), reference }
    : { reference };
}

/** Computes a training set. @returns undefined if the learner's query did not */
async function rowsOf(
  database: DuckDb,
  query: string,
  compute?: ComputeLabelledFeatures,
): Promise<readonly Row[] | undefined> {
  let hasFailed = false;
  const watched: ComputeLabelledFeatures | undefined =
    compute &&
    (async (input) => {
      const rows = await compute(input);
      hasFailed = rows === undefined;
      return rows;
    });
  const found = await withTrainingSet(database, query, watched, (each) => database.rows<Record<string, unknown>>(each));
  return hasFailed ? undefined : found.map(rowOf);
}

function rowOf(columns: Record<string, unknown>): Row {
  const { userId, titleId, occurredAt, label, ...features } = columns;
  const numbers = Object.values(features).map(Number);
  const text = JSON.stringify([userId, titleId, Number(occurredAt), Number(label), ...numbers]);
  return { occurredAt: Number(occurredAt), label: Number(label), features: numbers, text };
}

/**
 * Counts the rows that know the future: later changes are removed from the tables, and the rows of earlier labels are
 * computed again. Rows of the last labels are not tested, because nothing is later.
 */
async function countFuture(
  database: DuckDb,
  query: string,
  full: { readonly learners: readonly Row[] | undefined; readonly right: readonly Row[] },
  compute: ComputeLabelledFeatures,
): Promise<{ readonly learners?: number; readonly right: number }> {
  const times = full.right.map(({ occurredAt }) => occurredAt).toSorted((a, b) => a - b);
  const cuts = CUTS.map((share) => times[Math.floor(share * times.length)] as number);
  let [learners, right] = [full.learners && 0, 0] as [number | undefined, number];
  for (const [i, cut] of cuts.entries()) {
    for (const table of CHANGES) await database.run(`DELETE FROM ${table} WHERE since > ${cut}`);
    await database.run(`DELETE FROM labels WHERE occurredAt > ${cut}`);
    const from = cuts[i + 1] ?? Number.NEGATIVE_INFINITY;
    const inPart = (rows: readonly Row[]) => rows.filter(({ occurredAt }) => occurredAt > from && occurredAt <= cut);
    right += missing(inPart(full.right), (await rowsOf(database, query)) ?? []);
    if (learners === undefined || !full.learners) continue;
    const again = await rowsOf(database, query, compute);
    learners = again && learners + missing(inPart(full.learners), again);
  }
  return { learners, right };
}

/** Counts the rows that the others do not contain. */
function missing(rows: readonly Row[], others: readonly Row[]): number {
  const left = new Map<string, number>();
  for (const { text } of others) left.set(text, (left.get(text) ?? 0) + 1);
  return rows.filter(({ text }) => {
    const count = left.get(text) ?? 0;
    left.set(text, count - 1);
    return count <= 0;
  }).length;
}

/** Trains a model on earlier rows, and tests it on later ones. */
function aucOf(rows: readonly Row[], right: readonly Row[]): MeasuredTrainingSet['auc'] {
  const times = right.map(({ occurredAt }) => occurredAt).toSorted((a, b) => a - b);
  const split = times[Math.floor(TRAIN_SHARE * times.length)] as number;
  const score = fitLogistic(rows.filter(({ occurredAt }) => occurredAt <= split));
  const tested = (from: readonly Row[]) =>
    areaUnderCurve(
      from
        .filter(({ occurredAt }) => occurredAt > split)
        .map(({ label, features }) => ({ label, score: score(features) })),
    );
  return { offline: tested(rows), inCity: tested(right) };
}
