import { type Draws, PURPOSE } from '#domain/random.ts';
import { DAY } from '#domain/time.ts';

export const GENRES = [
  'Action',
  'Adventure',
  'Animation',
  'Comedy',
  'Crime',
  'Documentary',
  'Drama',
  'Fantasy',
  'Horror',
  'Romance',
  'Sci-Fi',
  'Thriller',
] as const;

/** Hidden dimensions beside the genres: what a title is like that no label says. */
const STYLES = 4;
export const DIMENSIONS = GENRES.length + STYLES;
const STYLE_WEIGHT = 0.35;
const SECOND_GENRE = 0.6;
const THIRD_GENRE = 0.25;
const FAME_EXPONENT = 0.75;
const HALF_LIFE_DAYS = 365;
const OLDEST_DAYS = 30 * 365;
/** Most titles are recent: the age is the maximum times a uniform draw to this power. */
const AGE_SKEW = 3;

/** The titles, as a structure of arrays; index i is title i. */
export interface Catalogue {
  readonly size: number;
  /** size × DIMENSIONS, each row of length 1: hidden. */
  readonly vectors: Float32Array;
  /** Standard normal: hidden; what everybody finds better or worse. */
  readonly quality: Float32Array;
  /** Cumulative share of fame: how often people hear of a title elsewhere. Ends at 1. */
  readonly fame: Float64Array;
  /** Days before the universe's start. */
  readonly ageDays: Uint16Array;
  /** 1 at the universe's start for a title released that day, halved by every half-life of age. */
  readonly freshness: Float32Array;
  readonly genres: readonly (readonly number[])[];
}

/** Titles of a universe: a pure function of the draws. */
export function createCatalogue(size: number, draws: Draws): Catalogue {
  const vectors = new Float32Array(size * DIMENSIONS);
  const quality = new Float32Array(size);
  const ageDays = new Uint16Array(size);
  const freshness = new Float32Array(size);
  const genres: number[][] = [];
  for (let title = 0; title < size; title++) {
    const mine = genresOf(title, draws);
    genres.push(mine);
    fillVector(vectors.subarray(title * DIMENSIONS, (title + 1) * DIMENSIONS), title, mine, draws);
    quality[title] = draws.normal(title, 0, PURPOSE.titleQuality);
    ageDays[title] = Math.floor(OLDEST_DAYS * draws.uniform(title, 0, PURPOSE.titleRelease) ** AGE_SKEW);
    freshness[title] = 2 ** (-(ageDays[title] ?? 0) / HALF_LIFE_DAYS);
  }
  return { size, vectors, quality, fame: fameOf(quality, draws), ageDays, freshness, genres };
}

function genresOf(title: number, { uniform }: Draws): number[] {
  const pick = (index: number) => Math.floor(GENRES.length * uniform(title, 0, PURPOSE.titleGenre, index));
  const wanted = [1, SECOND_GENRE, THIRD_GENRE].filter((share, i) => uniform(title, 1, PURPOSE.titleGenre, i) < share);
  return [...new Set(wanted.map((_, i) => pick(i)))].sort((a, b) => a - b);
}

function fillVector(row: Float32Array, title: number, genres: readonly number[], { normal }: Draws): void {
  for (const genre of genres) row[genre] = 1 / Math.sqrt(genres.length);
  for (let style = 0; style < STYLES; style++) {
    row[GENRES.length + style] = STYLE_WEIGHT * normal(title, 0, PURPOSE.titleStyle, style);
  }
  normalise(row);
}

/** Scales a vector to length 1, in place. */
export function normalise(row: Float32Array): void {
  const length = Math.hypot(...row);
  for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) / length;
}

/** Zipf-like fame over a ranking in which quality helps and luck decides. */
function fameOf(quality: Float32Array, { normal }: Draws): Float64Array {
  const rank = Array.from(quality, (value, title) => ({
    title,
    luck: value / 2 + normal(title, 1, PURPOSE.titleQuality),
  }))
    .sort((a, b) => b.luck - a.luck)
    .map(({ title }) => title);
  const weight = new Float64Array(quality.length);
  rank.forEach((title, i) => {
    weight[title] = (i + 1) ** -FAME_EXPONENT;
  });
  const total = weight.reduce((sum, value) => sum + value, 0);
  let sum = 0;
  return weight.map((value) => {
    sum += value / total;
    return sum;
  });
}

/** The title at a point of cumulative fame. @param point uniform in [0, 1) */
export function famousTitle({ fame }: Pick<Catalogue, 'fame'>, point: number): number {
  let [low, high] = [0, fame.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((fame[middle] ?? 1) > point) high = middle;
    else low = middle + 1;
  }
  return low;
}

const ADJECTIVES =
  'Silent Crimson Last Hidden Broken Golden Distant Paper Northern Second Burning Gentle Hollow Electric Forgotten Blue Borrowed Endless Quiet Midnight'.split(
    ' ',
  );
const NOUNS =
  'River Garden Promise Station Harbour Letter Kingdom Orchard Signal Winter Mirror Passage Lantern Harvest Summer Bridge Witness Voyage Shadow Island'.split(
    ' ',
  );
const PLACES = 'Lisbon Oslo Osaka Havana Tangier Quito Bergen Palermo Nairobi Marseille'.split(' ');
const WITH_PLACE = 0.5;

/** A name that reads like a film's; distinct up to a number. */
export function titleName(title: number, { uniform }: Draws): string {
  const pick = (words: readonly string[], index: number) =>
    words[Math.floor(words.length * uniform(title, 0, PURPOSE.titleName, index))] ?? '';
  const base = `The ${pick(ADJECTIVES, 0)} ${pick(NOUNS, 1)}`;
  return uniform(title, 0, PURPOSE.titleName, 2) < WITH_PLACE ? `${base} of ${pick(PLACES, 3)}` : base;
}

/** Release time. @returns UTC epoch milliseconds */
export const releasedAt = ({ ageDays }: Catalogue, title: number, startAt: number): number =>
  startAt - (ageDays[title] ?? 0) * DAY;
