import type { Statistics } from './interaction-statistics.ts';
import { type Chart, type Line, svgChart } from './svg-chart.ts';

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const BINS = 24;
const LENGTHS = [1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300];

type Of = (statistics: Statistics) => readonly [number, number][];

/**
 * Returns 100 values, greatest first: one at each per cent of the entries. Curves with different numbers of entries are
 * therefore comparable.
 */
const ranked = (values: ArrayLike<number>): [number, number][] => {
  const sorted = Float64Array.from(values).sort().reverse();
  return Array.from({ length: 100 }, (_, i) => [i + 1, sorted[Math.floor((sorted.length * i) / 100)] ?? 0]);
};

const listed = (shares: readonly number[], first = 0): [number, number][] =>
  shares.map((share, i) => [i + first, 100 * share]);

/** Returns, for each length, the percentage of values of at least this length. */
const survival = (values: Uint32Array): [number, number][] =>
  LENGTHS.map((length) => [length, (100 * values.filter((value) => value >= length).length) / values.length]);

/** Returns the percentages of values in bins of equal width on a logarithmic axis. */
const histogram = (values: ArrayLike<number>, least: number, most: number): [number, number][] => {
  const counts = new Float64Array(BINS);
  for (let i = 0; i < values.length; i++) {
    const fraction = Math.log((values[i] as number) / least) / Math.log(most / least);
    const bin = Math.min(BINS - 1, Math.max(0, Math.floor(fraction * BINS)));
    counts[bin] = (counts[bin] as number) + 1;
  }
  return Array.from(counts, (count, i) => [
    least * (most / least) ** ((i + 0.5) / BINS),
    (100 * count) / values.length,
  ]);
};

const charts: readonly (Omit<Chart, 'lines'> & { readonly file: string; readonly of: Of })[] = [
  {
    file: 'activity',
    title: 'How active users are',
    x: '% of users, most active first',
    y: 'titles per user',
    logY: true,
    of: ({ activity }) => ranked(activity),
  },
  {
    file: 'popularity',
    title: 'How popular items are',
    x: '% of items, most popular first',
    y: 'users per item',
    logY: true,
    of: ({ popularity }) => ranked(popularity),
  },
  { file: 'ratings', title: 'Ratings', x: 'stars', y: '% of ratings', of: ({ stars }) => listed(stars, 1) },
  {
    file: 'popularity-and-rating',
    title: 'Popularity and rating',
    x: 'decile of popularity, most popular last',
    y: 'mean rating, stars',
    of: ({ ratingByPopularity }) => ratingByPopularity.map((rating, i) => [i + 1, rating]),
  },
  {
    file: 'hours',
    title: 'Hours of the day',
    x: 'hour, local time where it is known',
    y: '% of plays',
    of: ({ hours }) => listed(hours),
  },
  {
    file: 'weekdays',
    title: 'Days of the week',
    x: 'day',
    y: '% of plays',
    ticks: WEEKDAYS,
    of: ({ weekdays }) => listed(weekdays),
  },
  {
    file: 'session-length',
    title: 'Length of sessions',
    x: 'plays, or ratings, in a session',
    y: '% of sessions with at least this many',
    logX: true,
    of: ({ sessionLengths }) => survival(sessionLengths),
  },
  {
    file: 'gaps',
    title: 'Gaps between sessions',
    x: 'hours',
    y: '% of gaps',
    logX: true,
    of: ({ gaps }) => histogram(gaps, 0.5, 4_000),
  },
];

/** Returns one chart per distribution: file name without extension → SVG. */
export function realismCharts(worlds: Readonly<Record<string, Statistics>>): ReadonlyMap<string, string> {
  return new Map(
    charts.map(({ file, of, ...chart }) => {
      const lines: Line[] = Object.entries(worlds).map(([name, statistics]) => ({ name, points: of(statistics) }));
      return [file, svgChart({ ...chart, lines })];
    }),
  );
}
