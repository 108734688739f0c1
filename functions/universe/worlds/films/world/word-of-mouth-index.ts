import { bassDiffusion } from '../../../behaviours/bass-diffusion.ts';
import type { BehaviourSwitches } from '../../../behaviours/behaviour-switches.ts';
import { releaseBuzz } from '../../../behaviours/release-buzz.ts';
import { type Catalogue, DIMENSIONS } from '../population/title-catalogue.ts';

const HOURS_PER_DAY = 24;
/** How much more friends talk of what they like: the weight of a title grows by e for each 1 / this of cosine. */
/** How much of the fame reaches talk among friends: an exponent. */
const FRIENDS_FOLLOW_FAME = 0.9;
const LIKING = 4;
/** Days whose tables are kept: agents of one stretch live in nearly the same time. */
const DAYS_KEPT = 4;

/** What people talk about on one day: shares of the titles, summed up, ending at 1. */
export interface WordOfMouth {
  readonly overall: Float64Array;
  /** By persona: what friends talk about. */
  readonly byPersona: readonly Float64Array[];
  /** Titles by how much they are talked about everywhere, most first. */
  readonly ranked: Uint32Array;
}

/** What is talked about, day by day: fame, the hype of a release, and what friends like. A pure function of the day. */
export function wordOfMouthIndex(catalogue: Catalogue, personas: readonly Float32Array[], on: BehaviourSwitches) {
  const days = new Map<number, WordOfMouth>();
  return (hour: number): WordOfMouth => {
    const day = Math.floor(hour / HOURS_PER_DAY);
    const known = days.get(day);
    if (known) return known;
    const made = wordOfMouthOn(day, catalogue, personas, on);
    if (days.size >= DAYS_KEPT) days.clear();
    days.set(day, made);
    return made;
  };
}

function wordOfMouthOn(
  day: number,
  catalogue: Catalogue,
  personas: readonly Float32Array[],
  on: BehaviourSwitches,
): WordOfMouth {
  // What came out today is talked about from its hour on; before that nobody can play it.
  const hour = (day + 1) * HOURS_PER_DAY - 1;
  const age = catalogue.releaseHour.map((released) => hour - released);
  const famed = catalogue.fame.map(
    (fame, title) => fame * buzzAtAge(age[title] ?? 0, on.hype ? releaseBuzz : undefined),
  );
  const passedOn = (hours: number, title: number) =>
    bassDiffusion(hours / HOURS_PER_DAY, catalogue.quality[title] ?? 0);
  const friends = catalogue.fame.map(
    (fame, title) =>
      fame ** FRIENDS_FOLLOW_FAME *
      (on['word-of-mouth'] ? passedOn(age[title] ?? 0, title) : Number((age[title] ?? 0) >= 0)),
  );
  return {
    overall: cumulativeShares(famed),
    byPersona: personas.map((persona) =>
      cumulativeShares(
        on['word-of-mouth'] ? friends.map((talk, title) => talk * liking(persona, catalogue, title)) : friends,
      ),
    ),
    ranked: Uint32Array.from(famed.keys()).sort((a, b) => (famed[b] ?? 0) - (famed[a] ?? 0) || a - b),
  };
}

const buzzAtAge = (hours: number, factor: ((hours: number) => number) | undefined): number =>
  factor ? factor(hours) : Number(hours >= 0);

function liking(persona: Float32Array, { vectors }: Catalogue, title: number): number {
  let cosine = 0;
  for (let i = 0; i < DIMENSIONS; i++) cosine += (persona[i] ?? 0) * (vectors[title * DIMENSIONS + i] ?? 0);
  return Math.exp(LIKING * cosine);
}

/** Running shares, ending at 1. */
function cumulativeShares(weights: Float64Array): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  let sum = 0;
  return weights.map((weight) => {
    sum += weight / total;
    return sum;
  });
}

/** The title at a point of summed-up shares. @param point uniform in [0, 1) */
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
