import { PURPOSE, type RandomNumbers } from '#domain/core/philox-random.ts';
import { HOUR } from '#domain/core/time.ts';
import { GENRES } from '#domain/worlds/films/genres.ts';
import { freshnessAtStart } from '../../../behaviours/freshness.ts';

/** Hidden dimensions of a title in addition to its genres. */
const STYLES = 4;
export const DIMENSIONS = GENRES.length + STYLES;
/** Standard deviation of a title's position on each style dimension. */
const STYLE_WEIGHT = 0.35;
/** Shares of the titles that have a second and a third genre. */
const SECOND_GENRE = 0.6;
const THIRD_GENRE = 0.25;
/** Exponent of the Zipf distribution of fame. */
const FAME_EXPONENT = 1.05;
/** Weight of quality in fame; luck has weight 1. */
const QUALITY_TO_FAME = 1.2;
/** Age of the oldest titles at the start of the universe, in hours. */
const OLDEST_HOURS = 30 * 365 * 24;
/** Exponent of the age distribution: the age is OLDEST_HOURS × u^AGE_SKEW with u uniform, so most titles are recent. */
const AGE_SKEW = 3;
/** Share of the titles that are released after the start of the universe. */
const PREMIERES = 0.08;
/** Period of these releases, in hours. */
const PREMIERE_HOURS = 180 * 24;

/** The titles as a structure of arrays; row i is title i. */
export interface Catalogue {
  readonly size: number;
  /** Genres and styles as unit vectors, hidden from the service. Shape (size × DIMENSIONS). */
  readonly vectors: Float32Array;
  /** Quality on which all agents agree, standard normal, hidden from the service. */
  readonly quality: Float32Array;
  /** Long-run share of each title in word of mouth outside the service. The shares sum to 1. */
  readonly fame: Float64Array;
  /** Release in hours since the start of the universe; negative for older titles. */
  readonly releaseHour: Int32Array;
  /** Freshness at the start of the universe (freshness.ts). */
  readonly freshness: Float32Array;
  readonly genres: readonly (readonly number[])[];
}

/** Creates the titles of a universe as a pure function of the random numbers. */
export function createCatalogue(size: number, random: RandomNumbers): Catalogue {
  const vectors = new Float32Array(size * DIMENSIONS);
  const quality = new Float32Array(size);
  const releaseHour = new Int32Array(size);
  const freshness = new Float32Array(size);
  const genres: number[][] = [];
  for (let title = 0; title < size; title++) {
    const own = genresOf(title, random);
    genres.push(own);
    fillVector(vectors.subarray(title * DIMENSIONS, (title + 1) * DIMENSIONS), title, own, random);
    quality[title] = random.normal(title, 0, PURPOSE.titleQuality);
    releaseHour[title] = releaseOf(title, random);
    freshness[title] = freshnessAtStart(releaseHour[title] ?? 0);
  }
  return { size, vectors, quality, fame: fameOf(quality, random), releaseHour, freshness, genres };
}

function releaseOf(title: number, { uniform }: RandomNumbers): number {
  if (uniform(title, 0, PURPOSE.premiere) < PREMIERES) {
    return 1 + Math.floor(PREMIERE_HOURS * uniform(title, 1, PURPOSE.premiere));
  }
  return -Math.floor(OLDEST_HOURS * uniform(title, 0, PURPOSE.titleRelease) ** AGE_SKEW);
}

function genresOf(title: number, { uniform }: RandomNumbers): number[] {
  const pick = (index: number) => Math.floor(GENRES.length * uniform(title, 0, PURPOSE.titleGenre, index));
  const wanted = [1, SECOND_GENRE, THIRD_GENRE].filter((share, i) => uniform(title, 1, PURPOSE.titleGenre, i) < share);
  return [...new Set(wanted.map((_, i) => pick(i)))].sort((a, b) => a - b);
}

function fillVector(row: Float32Array, title: number, genres: readonly number[], { normal }: RandomNumbers): void {
  for (const genre of genres) row[genre] = 1 / Math.sqrt(genres.length);
  for (let style = 0; style < STYLES; style++) {
    row[GENRES.length + style] = STYLE_WEIGHT * normal(title, 0, PURPOSE.titleStyle, style);
  }
  normalise(row);
}

/** Scales a vector to length 1 in place. */
export function normalise(row: Float32Array): void {
  let squares = 0;
  for (const value of row) squares += value * value;
  const length = Math.sqrt(squares) || 1;
  for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) / length;
}

/** Returns Zipf-distributed fame, by a ranking of the titles by quality plus random luck. */
function fameOf(quality: Float32Array, { normal }: RandomNumbers): Float64Array {
  const rank = Array.from(quality, (value, title) => ({
    title,
    luck: QUALITY_TO_FAME * value + normal(title, 1, PURPOSE.titleQuality),
  }))
    .sort((a, b) => b.luck - a.luck)
    .map(({ title }) => title);
  const weight = new Float64Array(quality.length);
  rank.forEach((title, i) => {
    weight[title] = (i + 1) ** -FAME_EXPONENT;
  });
  const total = weight.reduce((sum, value) => sum + value, 0);
  return weight.map((value) => value / total);
}

/** Returns a title's release time, UTC epoch milliseconds. */
export const releasedAt = ({ releaseHour }: Catalogue, title: number, startAt: number): number =>
  startAt + (releaseHour[title] ?? 0) * HOUR;
