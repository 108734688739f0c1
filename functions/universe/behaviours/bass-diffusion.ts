/** Coefficients of innovation (per day) and of imitation (per day, for a title of middling quality). */
const INNOVATION = 0.01;
const IMITATION = 0.12;
/** How much faster the word spreads per standard deviation of quality. */
const QUALITY_EFFECT = 0.35;
/** Talk at the height of the wave, against the long run's 1. */
const WAVE = 4;

/**
 * Factor on the talk among friends about a title: a wave some weeks after the release, earlier and higher the better it is,
 * then 1. It depends on time alone, and not on who has watched, so that shards of a universe need not know one another.
 *
 * @param days since the release; below 0 nobody has seen it
 * @param quality standard normal
 * Source  rate of adoption in Bass 1969, "A new product growth for model consumer durables", in closed form
 */
export function bassDiffusion(days: number, quality: number): number {
  if (days < 0) return 0;
  const imitation = IMITATION * Math.exp(QUALITY_EFFECT * quality);
  const sum = INNOVATION + imitation;
  const decay = Math.exp(-sum * days);
  const rate = ((sum * sum) / INNOVATION) * (decay / (1 + (imitation / INNOVATION) * decay) ** 2);
  return 1 + (WAVE * rate) / IMITATION;
}
