const HOURS_PER_DAY = 24;
/** How much more talk there is of a title on its first day than of an old one of the same fame. */
const PREMIERE = 6;
/** Days, and form, of the decay. */
const SCALE_DAYS = 12;
const STRETCH = 0.6;

/**
 * Factor on the talk about a title: high at its release, 1 in the long run, 0 before.
 *
 * @param hours since the release
 * Source  stretched exponential decay: Wu, Huberman 2007, "Novelty and collective attention"
 */
export const releaseBuzz = (hours: number): number =>
  hours < 0 ? 0 : 1 + PREMIERE * Math.exp(-((hours / HOURS_PER_DAY / SCALE_DAYS) ** STRETCH));
