import { PURPOSE, type RandomNumbers } from '#domain/core/random.ts';

const MEAN_STARS = 3.3;
const STARS_PER_UTIL = 0.55;
/** What is well made is given its due, beyond what it gave. */
const STARS_PER_QUALITY = 0.12;
/** Utility of a typical play: people choose what they like. */
const TYPICAL = 1;
const NOISE = 1.05;
const [LEAST, MOST] = [0.5, 5];

export interface Rated {
  readonly agent: number;
  readonly title: number;
  readonly utility: number;
  /** Of the title, standard normal. */
  readonly quality: number;
  /** Share of the plays that this agent rates. */
  readonly rates: number;
  /** Stars that this agent adds to all. */
  readonly bias: number;
}

/**
 * The stars an agent gives a title it played, or nothing: most plays are never rated.
 *
 * @returns 0.5 to 5 in half-stars
 * Source  people rate what they chose, so that ratings lean to the high end: Hu, Zhang, Pavlou 2009, "Overcoming the
 *         J-shaped distribution of product reviews"
 */
export function ratingOf(
  random: RandomNumbers,
  { agent, title, utility, quality, rates, bias }: Rated,
): number | undefined {
  if (random.uniform(agent, title, PURPOSE.rate) >= rates) return undefined;
  const earned = STARS_PER_UTIL * (utility - TYPICAL) + STARS_PER_QUALITY * quality;
  const stars = MEAN_STARS + earned + bias + NOISE * random.normal(agent, title, PURPOSE.ratingNoise);
  return Math.min(MOST, Math.max(LEAST, Math.round(2 * stars) / 2));
}
