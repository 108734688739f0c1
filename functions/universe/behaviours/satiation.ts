/** Each play makes another one in the same session less likely. */
const WITHIN_SESSION = 0.45;
/** Hours in which half of a genre's satiation is gone. */
const HALF_LIFE_HOURS = 60;
/** What a play adds to the satiation of its genres, of 255. */
const PER_PLAY = 64;
const FULL = 255;
/** What a full satiation takes off a genre's weight in the taste. */
const WEIGHT = 0.15;

/**
 * Factor on the appeal of one more play, after `plays` in this session.
 *
 * Source  Leqi, Kilinc-Karzan, Lipton, Montgomery 2021, "Rebounding bandits for modeling satiation effects"
 */
export const appealAfterPlays = (plays: number): number => WITHIN_SESSION ** plays;

/** A genre's satiation after some hours without it, 0 to 255. */
export const satiationAfterHours = (satiation: number, hours: number): number =>
  satiation * 2 ** (-hours / HALF_LIFE_HOURS);

/** A genre's satiation after a play of a title with `genres` genres. */
export const satiationAfterPlay = (satiation: number, genres: number): number =>
  Math.min(FULL, satiation + PER_PLAY / genres);

/** What a satiation takes off the genre's weight in the taste. */
export const tastePenalty = (satiation: number): number => (WEIGHT * satiation) / FULL;
