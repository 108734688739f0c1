import { PURPOSE, type RandomNumbers } from '#domain/core/random.ts';
import { HOUR } from '#domain/core/time.ts';
import { GENRES } from '#domain/worlds/films/genres.ts';
import { freshnessAtStart } from '../../../behaviours/freshness.ts';

/** Hidden dimensions beside the genres: what a title is like that no label says. */
const STYLES = 4;
export const DIMENSIONS = GENRES.length + STYLES;
const STYLE_WEIGHT = 0.35;
const SECOND_GENRE = 0.6;
const THIRD_GENRE = 0.25;
const FAME_EXPONENT = 1.05;
/** How much quality counts in fame, against luck's 1. */
const QUALITY_TO_FAME = 1.2;
const OLDEST_HOURS = 30 * 365 * 24;
/** Most titles are recent: the age is the maximum times a uniform draw to this power. */
const AGE_SKEW = 3;
/** Share of the titles that come out after the universe's start, and within which time. */
const PREMIERES = 0.08;
const PREMIERE_HOURS = 180 * 24;

/** The titles, as a structure of arrays; index i is title i. */
export interface Catalogue {
  readonly size: number;
  /** size × DIMENSIONS, each row of length 1: hidden. */
  readonly vectors: Float32Array;
  /** Standard normal: hidden; what everybody finds better or worse. */
  readonly quality: Float32Array;
  /** How often people hear of a title elsewhere, in the long run: shares that sum to 1. */
  readonly fame: Float64Array;
  /** Hours since the universe's start; negative for what was there before. */
  readonly releaseHour: Int32Array;
  /** At the universe's start (novelty.ts). */
  readonly freshness: Float32Array;
  readonly genres: readonly (readonly number[])[];
}

/** Titles of a universe: a pure function of the draws. */
export function createCatalogue(size: number, random: RandomNumbers): Catalogue {
  const vectors = new Float32Array(size * DIMENSIONS);
  const quality = new Float32Array(size);
  const releaseHour = new Int32Array(size);
  const freshness = new Float32Array(size);
  const genres: number[][] = [];
  for (let title = 0; title < size; title++) {
    const mine = genresOf(title, random);
    genres.push(mine);
    fillVector(vectors.subarray(title * DIMENSIONS, (title + 1) * DIMENSIONS), title, mine, random);
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

/** Scales a vector to length 1, in place. */
export function normalise(row: Float32Array): void {
  let squares = 0;
  for (const value of row) squares += value * value;
  const length = Math.sqrt(squares) || 1;
  for (let i = 0; i < row.length; i++) row[i] = (row[i] as number) / length;
}

/** Zipf-like fame over a ranking in which quality helps and luck decides. */
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

/** Release time. @returns UTC epoch milliseconds */
export const releasedAt = ({ releaseHour }: Catalogue, title: number, startAt: number): number =>
  startAt + (releaseHour[title] ?? 0) * HOUR;
