/** How far a taste can move towards another persona's: 0 is not at all, 1 is half-way. */
const REACH = 0.2;
/** Hours between two turning points of a taste. */
export const DRIFT_HOURS = 28 * 24;

/**
 * How far an agent's taste has moved towards another one, 0 to REACH: smooth in time, and back again.
 *
 * @param before uniform in [0, 1): where it stood at the last turning point
 * @param after uniform in [0, 1): where it will stand at the next
 * @param share of the way between them, 0 to 1
 * Source  Koren 2010, "Collaborative filtering with temporal dynamics"; smoothed as value noise
 */
export function drift(before: number, after: number, share: number): number {
  const smooth = share * share * (3 - 2 * share);
  return REACH * (before + (after - before) * smooth);
}
