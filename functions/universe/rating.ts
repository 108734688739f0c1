import { type Draws, PURPOSE } from '#domain/random.ts';

const RATES = 0.4;
const MEAN_STARS = 3.4;
const STARS_PER_UTIL = 0.55;
/** Utility of a typical play: people choose what they like. */
const TYPICAL = 1;
const NOISE = 0.95;
const [LEAST, MOST] = [0.5, 5];

/**
 * The stars an agent gives a title it played, or nothing: most plays are never rated.
 *
 * @returns 0.5 to 5 in half-stars
 * Source  people rate what they chose, so that ratings lean to the high end: Hu, Zhang, Pavlou 2009, "Overcoming the
 *         J-shaped distribution of product reviews"
 */
export function ratingOf(
  draws: Draws,
  agent: number,
  title: number,
  utility: number,
  bias: number,
): number | undefined {
  if (draws.uniform(agent, title, PURPOSE.rate) >= RATES) return undefined;
  const stars =
    MEAN_STARS + STARS_PER_UTIL * (utility - TYPICAL) + bias + NOISE * draws.normal(agent, title, PURPOSE.ratingNoise);
  return Math.min(MOST, Math.max(LEAST, Math.round(2 * stars) / 2));
}
