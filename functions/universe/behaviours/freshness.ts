const HALF_LIFE_HOURS = 365 * 24;
/** What a brand-new title is worth to the most curious agent, in utils. */
const WEIGHT = 0.4;

/**
 * Freshness of a title at the universe's start: 1 for one that is released then, halved by every half-life of age, above 1
 * for one that is yet to come. Freshness at any hour is this times `ageing(hour)`.
 *
 * @param releaseHour hours since the universe's start; negative for older titles
 */
export const freshnessAtStart = (releaseHour: number): number => 2 ** (releaseHour / HALF_LIFE_HOURS);

export const freshnessDecay = (hour: number): number => 2 ** (-hour / HALF_LIFE_HOURS);

/**
 * Utils that a title of freshness 1 adds for an agent.
 *
 * @param openness 0 to 1
 * Source  appetites for novelty differ: Kapoor, Kumar, Terveen, Konstan, Schrater 2015, "I like to explore sometimes"
 */
export const noveltyBonus = (openness: number): number => WEIGHT * openness;
