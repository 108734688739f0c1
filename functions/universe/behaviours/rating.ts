import { PURPOSE, type RandomNumbers } from '#domain/core/philox-random.ts';

/** Stars for a title of average quality and typical utility. */
const MEAN_STARS = 3.3;
const STARS_PER_UTIL = 0.55;
/** Stars per standard deviation of quality, in addition to the effect of quality on utility. */
const STARS_PER_QUALITY = 0.12;
/** Utility of a typical play, in utils. It is positive because people choose titles that they like. */
const TYPICAL_UTILITY = 1;
/** Standard deviation of the noise, in stars. */
const NOISE = 1.05;
/** Lowest and highest rating, in stars. */
const [LEAST, MOST] = [0.5, 5];

/** A play that may be rated. */
export interface RatedPlay {
  readonly agent: number;
  readonly title: number;
  /** True utility of the play, in utils. */
  readonly utility: number;
  /** Quality of the title, standard normal. */
  readonly quality: number;
  /** Share of the plays that this agent rates, 0 to 1. */
  readonly ratingRate: number;
  /** Stars that this agent adds to every rating. */
  readonly bias: number;
}

/**
 * Returns an agent's rating of a title that it played, or undefined when the agent does not rate the play.
 *
 * Formula MEAN_STARS + STARS_PER_UTIL × (utility − TYPICAL_UTILITY) + STARS_PER_QUALITY × quality + bias
 *         + NOISE × normal, rounded to half-stars
 * Unit    stars, 0.5 to 5 in steps of 0.5
 * Source  Hu, Zhang, Pavlou 2009, "Overcoming the J-shaped distribution of product reviews": people rate titles that
 *         they chose, so ratings tend to be high
 */
export function ratingOf(
  random: RandomNumbers,
  { agent, title, utility, quality, ratingRate, bias }: RatedPlay,
): number | undefined {
  if (random.uniform(agent, title, PURPOSE.rate) >= ratingRate) return undefined;
  const earned = STARS_PER_UTIL * (utility - TYPICAL_UTILITY) + STARS_PER_QUALITY * quality;
  const stars = MEAN_STARS + earned + bias + NOISE * random.normal(agent, title, PURPOSE.ratingNoise);
  return Math.min(MOST, Math.max(LEAST, Math.round(2 * stars) / 2));
}
