import { bassDiffusion } from '../../../behaviours/bass-word-of-mouth-factor.ts';
import type { BehaviourSwitches } from '../../../behaviours/behaviour-switches.ts';
import { releaseBuzz } from '../../../behaviours/release-buzz.ts';
import { type Catalogue, DIMENSIONS } from '../population/title-catalogue.ts';

const HOURS_PER_DAY = 24;
/** Exponent of a title's fame in word of mouth among friends: below 1, less famous titles get a larger share. */
const FAME_AMONG_FRIENDS = 0.9;
/** Effect of taste among friends: a title's weight is multiplied by e^(LIKING × cosine of the taste and the title). */
const LIKING = 4;
/**
 * Number of days whose tables stay in memory. Agents are simulated in blocks of one day, so few days are needed at a
 * time.
 */
const CACHED_DAYS = 4;

/** Word of mouth on one day, as cumulative shares of the titles, the last of which is 1. */
export interface WordOfMouth {
  /** Word of mouth in the whole population. */
  readonly overall: Float64Array;
  /** Word of mouth among the friends of each persona. */
  readonly byPersona: readonly Float64Array[];
  /** Title indexes by overall word of mouth, most first. */
  readonly ranked: Uint32Array;
}

/**
 * Returns a function that computes the word of mouth of an hour's day from fame, release buzz, diffusion and the tastes
 * of friends. The result depends on the day only.
 */
export function wordOfMouthIndex(catalogue: Catalogue, personas: readonly Float32Array[], on: BehaviourSwitches) {
  const days = new Map<number, WordOfMouth>();
  return (hour: number): WordOfMouth => {
    const day = Math.floor(hour / HOURS_PER_DAY);
    const cached = days.get(day);
    if (cached) return cached;
    const computed = wordOfMouthOn(day, catalogue, personas, on);
    if (days.size >= CACHED_DAYS) days.clear();
    days.set(day, computed);
    return computed;
  };
}

function wordOfMouthOn(
  day: number,
  catalogue: Catalogue,
  personas: readonly Float32Array[],
  on: BehaviourSwitches,
): WordOfMouth {
  // Ages as of the day's last hour: titles that are released during the day are included. Agents cannot play them
  // before.
  const hour = (day + 1) * HOURS_PER_DAY - 1;
  const age = catalogue.releaseHour.map((released) => hour - released);
  const overall = catalogue.fame.map(
    (fame, title) => fame * buzzAtAge(age[title] ?? 0, on.hype ? releaseBuzz : undefined),
  );
  const diffusion = (hours: number, title: number) =>
    bassDiffusion(hours / HOURS_PER_DAY, catalogue.quality[title] ?? 0);
  const friends = catalogue.fame.map(
    (fame, title) =>
      fame ** FAME_AMONG_FRIENDS *
      (on['word-of-mouth'] ? diffusion(age[title] ?? 0, title) : Number((age[title] ?? 0) >= 0)),
  );
  return {
    overall: cumulativeShares(overall),
    byPersona: personas.map((persona) =>
      cumulativeShares(
        on['word-of-mouth'] ? friends.map((weight, title) => weight * liking(persona, catalogue, title)) : friends,
      ),
    ),
    ranked: Uint32Array.from(overall.keys()).sort((a, b) => (overall[b] ?? 0) - (overall[a] ?? 0) || a - b),
  };
}

const buzzAtAge = (hours: number, factor: ((hours: number) => number) | undefined): number =>
  factor ? factor(hours) : Number(hours >= 0);

function liking(persona: Float32Array, { vectors }: Catalogue, title: number): number {
  let cosine = 0;
  for (let i = 0; i < DIMENSIONS; i++) cosine += (persona[i] ?? 0) * (vectors[title * DIMENSIONS + i] ?? 0);
  return Math.exp(LIKING * cosine);
}

/** Returns cumulative shares of the weights; the last one is 1. */
function cumulativeShares(weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  let sum = 0;
  return weights.map((weight) => {
    sum += weight / total;
    return sum;
  });
}

/** Returns the title at a point of cumulative shares, by binary search. @param point uniform in [0, 1) */
export function titleAt(shares: Float64Array, point: number): number {
  let low = 0;
  let high = shares.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((shares[middle] as number) > point) high = middle;
    else low = middle + 1;
  }
  return low;
}
