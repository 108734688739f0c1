/** Coefficient of innovation p, per day: people who adopt a title on their own. */
const INNOVATION = 0.01;
/** Coefficient of imitation q, per day, for a title of average quality: people who follow others. */
const IMITATION = 0.12;
/** Increase of ln q per standard deviation of quality: better titles spread faster. */
const QUALITY_EFFECT = 0.35;
/** Weight of the adoption rate in the factor. It lifts the peak of a title of average quality to about 2.2. */
const WAVE = 4;

/**
 * Returns the factor by which friends' word of mouth about a title differs from its long-run level of 1. The factor
 * rises to a peak some weeks after the release and then falls back to 1. Better titles peak earlier and higher.
 *
 * It depends on time only, not on who has watched the title, so that shards of a universe can be simulated
 * independently.
 *
 * Formula 1 + WAVE × f(t) / IMITATION, with the Bass adoption rate
 *         f(t) = ((p + q)² / p) × e^(−(p + q)t) / (1 + (q / p) × e^(−(p + q)t))²
 * Unit    none; 0 before the release
 * Source  Bass 1969, "A new product growth for model consumer durables", in closed form
 *
 * @param days days since the release; negative before it
 * @param quality quality of the title, standard normal
 */
export function bassDiffusion(days: number, quality: number): number {
  if (days < 0) return 0;
  const imitation = IMITATION * Math.exp(QUALITY_EFFECT * quality);
  const sum = INNOVATION + imitation;
  const decay = Math.exp(-sum * days);
  const rate = ((sum * sum) / INNOVATION) * (decay / (1 + (imitation / INNOVATION) * decay) ** 2);
  return 1 + (WAVE * rate) / IMITATION;
}
