/** Factor by which each play reduces the appeal of further plays in the same session. */
const WITHIN_SESSION = 0.45;
/** Hours in which a genre's satiation halves. */
const HALF_LIFE_HOURS = 60;
/** Satiation that a play adds, divided among the title's genres, on the scale of 0 to FULL. */
const PER_PLAY = 64;
/** Maximum satiation, which fits into one byte per genre. */
const FULL = 255;
/** Reduction of a genre's weight in the agent's taste at full satiation. */
const WEIGHT = 0.15;

/**
 * Returns the factor on the appeal of a title after `plays` plays in the same session: WITHIN_SESSION^plays.
 *
 * Source  Leqi, Kilinc-Karzan, Lipton, Montgomery 2021, "Rebounding bandits for modeling satiation effects"
 */
export const appealAfterPlays = (plays: number): number => WITHIN_SESSION ** plays;

/** Returns a genre's satiation after `hours` hours without a play of it: satiation × 2^(−hours / HALF_LIFE_HOURS). */
export const satiationAfterHours = (satiation: number, hours: number): number =>
  satiation * 2 ** (-hours / HALF_LIFE_HOURS);

/** Returns the satiation of one genre, 0 to 255, after a play of a title that has `genres` genres. */
export const satiationAfterPlay = (satiation: number, genres: number): number =>
  Math.min(FULL, satiation + PER_PLAY / genres);

/** Returns the reduction of a genre's weight in the agent's taste: 0 to 0.15. */
export const tastePenalty = (satiation: number): number => (WEIGHT * satiation) / FULL;
