const HOURS_PER_DAY = 24;
/** Buzz at the moment of the release, in addition to the long-run level of 1. */
const PREMIERE = 6;
/** Scale of the decay, in days. */
const SCALE_DAYS = 12;
/** Exponent of the stretched exponential: below 1, the decay is fast at first and slow later. */
const STRETCH = 0.6;

/**
 * Returns the factor by which a release increases the word of mouth about a title.
 *
 * Formula 1 + PREMIERE × e^(−(days / SCALE_DAYS)^STRETCH)
 * Unit    none: 7 at the release, 1 in the long run, 0 before the release
 * Source  Wu, Huberman 2007, "Novelty and collective attention": attention decays as a stretched exponential
 *
 * @param hours hours since the release; negative before it
 */
export const releaseBuzz = (hours: number): number =>
  hours < 0 ? 0 : 1 + PREMIERE * Math.exp(-((hours / HOURS_PER_DAY / SCALE_DAYS) ** STRETCH));
