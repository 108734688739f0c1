import { mean } from '#domain/core/paired-and-bootstrap-estimates.ts';
import { DAY, HOUR, MINUTE } from '#domain/core/time.ts';
import {
  activityOf,
  asPublished,
  byUserAndTime,
  countOf,
  type Interactions,
  popularityOf,
} from './interaction-table-and-row-operations.ts';

/**
 * Statistics of a table of interactions. The realism report shows each distribution as a chart and summarises it in a
 * table.
 */
export interface Statistics {
  readonly users: number;
  readonly items: number;
  readonly interactions: number;
  /** Interactions per user. */
  readonly activity: Uint32Array;
  /** Interactions per item. */
  readonly popularity: Uint32Array;
  /** Shares of the ratings with 1 to 5 stars; half-stars are rounded up. */
  readonly stars: readonly number[];
  /** Mean rating, in stars. */
  readonly meanRating: number;
  /** Pearson correlation of the logarithm of an item's interactions with its mean rating. */
  readonly popularityAndRating: number;
  /** Mean rating by decile of popularity, least popular first. */
  readonly ratingByPopularity: readonly number[];
  /** Shares of the interactions by local hour of the day. */
  readonly hours: readonly number[];
  /** Shares of the interactions by weekday, Monday first. */
  readonly weekdays: readonly number[];
  /** Interactions per session. */
  readonly sessionLengths: Uint32Array;
  /** Hours between the last interaction of a session and the first of the user's next session. */
  readonly gaps: Float64Array;
}

const STARS = 5;
const HOURS = 24;
const WEEKDAYS = 7;
/** Weekday of 1970-01-01, a Thursday; 0 is Monday. */
const EPOCH_WEEKDAY = 3;
const DECILES = 10;
/** Minimum number of ratings of an item for its mean rating to count. */
const ENOUGH_RATINGS = 5;
/**
 * Pause in milliseconds that ends a session: the convention of web analytics. Catledge & Pitkow 1995 measured 25.5
 * minutes.
 */
const PAUSE = 30 * MINUTE;

/**
 * Returns the statistics of a table. Activity, popularity and ratings are computed from the rows that MovieLens would
 * publish; times and sessions are computed from all rows.
 */
export function statisticsOf(table: Interactions): Statistics {
  const published = asPublished(table);
  const ratings = published.ratings.filter((stars) => !Number.isNaN(stars));
  const byItem = ratingsByItem(published);
  return {
    users: activityOf(published).length,
    items: popularityOf(published).length,
    interactions: published.users.length,
    activity: activityOf(published),
    popularity: popularityOf(published),
    stars: shares(
      Array.from(ratings, (stars) => Math.ceil(stars) - 1),
      STARS,
    ),
    meanRating: mean(ratings),
    popularityAndRating: correlation(
      byItem.map(({ count }) => Math.log(count)),
      byItem.map(({ rating }) => rating),
    ),
    ratingByPopularity: byDecile(byItem),
    ...rhythmOf(table),
    ...sessionsOf(table),
  };
}

/** Returns the share of each number from 0 up to, not including, `size`. */
function shares(numbers: readonly number[], size: number): number[] {
  const counts = countOf(Uint32Array.from(numbers));
  return Array.from({ length: size }, (_, i) => (counts[i] ?? 0) / Math.max(1, numbers.length));
}

interface RatedItem {
  readonly count: number;
  readonly rating: number;
}

function ratingsByItem({ items, ratings }: Interactions): RatedItem[] {
  const counts = countOf(items);
  const [sums, rated] = [new Float64Array(counts.length), new Uint32Array(counts.length)];
  for (const [row, item] of items.entries()) {
    const stars = ratings[row] ?? Number.NaN;
    if (Number.isNaN(stars)) continue;
    sums[item] = (sums[item] ?? 0) + stars;
    rated[item] = (rated[item] ?? 0) + 1;
  }
  return Array.from(counts, (count, item) => ({ count, rating: (sums[item] ?? 0) / (rated[item] ?? 1) })).filter(
    (_, item) => (rated[item] ?? 0) >= ENOUGH_RATINGS,
  );
}

/** Returns the Pearson correlation; 0 if one of the arrays does not vary. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, ofA, ofB] = [0, 0, 0];
  for (const [i, value] of a.entries()) {
    const [left, right] = [value - meanA, (b[i] ?? 0) - meanB];
    both += left * right;
    ofA += left * left;
    ofB += right * right;
  }
  return ofA === 0 || ofB === 0 ? 0 : both / Math.sqrt(ofA * ofB);
}

function byDecile(items: readonly RatedItem[]): number[] {
  const sorted = items.toSorted((a, b) => a.count - b.count);
  return Array.from({ length: DECILES }, (_, decile) => {
    const at = (edge: number) => Math.floor((sorted.length * edge) / DECILES);
    return mean(sorted.slice(at(decile), at(decile + 1)).map(({ rating }) => rating));
  });
}

function rhythmOf({ times, zones }: Interactions): Pick<Statistics, 'hours' | 'weekdays'> {
  const local = Array.from(times, (time, row) => time + (zones[row] ?? 0) * HOUR);
  return {
    hours: shares(
      local.map((time) => Math.floor(time / HOUR) % HOURS),
      HOURS,
    ),
    weekdays: shares(
      local.map((time) => (Math.floor(time / DAY) + EPOCH_WEEKDAY) % WEEKDAYS),
      WEEKDAYS,
    ),
  };
}

function sessionsOf(table: Interactions): Pick<Statistics, 'sessionLengths' | 'gaps'> {
  const { users, times } = byUserAndTime(table);
  const [lengths, gaps]: [number[], number[]] = [[], []];
  for (let row = 0; row < users.length; row++) {
    const isSame = row > 0 && users[row] === users[row - 1];
    const pause = (times[row] ?? 0) - (times[row - 1] ?? 0);
    if (isSame && pause <= PAUSE) lengths[lengths.length - 1] = (lengths.at(-1) ?? 0) + 1;
    else lengths.push(1);
    if (isSame && pause > PAUSE) gaps.push(pause / HOUR);
  }
  return { sessionLengths: Uint32Array.from(lengths), gaps: Float64Array.from(gaps) };
}

/**
 * Returns the share of the total that the largest values add up to.
 *
 * @param share fraction of the values that count as the largest, 0 to 1
 */
export function shareOfTop(values: Uint32Array, share: number): number {
  const sorted = values.toSorted().reverse();
  const total = sorted.reduce((sum, value) => sum + value, 0);
  const top = sorted.subarray(0, Math.max(1, Math.floor(sorted.length * share)));
  return total === 0 ? 0 : top.reduce((sum, value) => sum + value, 0) / total;
}

/** Returns the ratio of the largest value to the smallest; 1 means that all values are equal. */
export const peakToTrough = (values: readonly number[]): number => Math.max(...values) / Math.min(...values);
