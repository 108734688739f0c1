/** Maximum weight of another persona's taste in an agent's taste. */
const REACH = 0.2;
/** Hours between two turning points of an agent's taste: four weeks. */
export const DRIFT_HOURS = 28 * 24;

/**
 * Returns the weight of another persona's taste in an agent's taste. It moves smoothly between random values at the
 * turning points.
 *
 * Formula REACH × (before + (after − before) × s²(3 − 2s)), s = progress
 * Unit    0 (no drift) to REACH
 * Source  Koren 2010, "Collaborative filtering with temporal dynamics"; smoothed as value noise
 *
 * @param before value at the last turning point, uniform in [0, 1)
 * @param after value at the next turning point, uniform in [0, 1)
 * @param progress time since the last turning point as a fraction of DRIFT_HOURS, 0 to 1
 */
export function drift(before: number, after: number, progress: number): number {
  const smooth = progress * progress * (3 - 2 * progress);
  return REACH * (before + (after - before) * smooth);
}
