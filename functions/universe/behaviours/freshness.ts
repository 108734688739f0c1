/** Age in hours at which a title's freshness has halved: one year. */
const HALF_LIFE_HOURS = 365 * 24;
/** Utils that a title of freshness 1 adds for an agent with openness 1. */
const WEIGHT = 0.4;

/**
 * Returns the freshness of a title at the start of the universe. It is 1 for a title that is released at that moment,
 * and above 1 for a later release. Multiplied by `freshnessDecay(hour)`, it is the freshness at any hour.
 *
 * Formula 2^(releaseHour / HALF_LIFE_HOURS)
 *
 * @param releaseHour hours since the start of the universe; negative for older titles
 */
export const freshnessAtStart = (releaseHour: number): number => 2 ** (releaseHour / HALF_LIFE_HOURS);

/** Returns the factor by which freshness has decayed since the start of the universe: 2^(−hour / HALF_LIFE_HOURS). */
export const freshnessDecay = (hour: number): number => 2 ** (-hour / HALF_LIFE_HOURS);

/**
 * Returns the utils that a title of freshness 1 adds for an agent.
 *
 * Source  Kapoor, Kumar, Terveen, Konstan, Schrater 2015, "I like to explore sometimes": users differ in their
 *         preference for novelty
 *
 * @param openness preference of the agent for new releases, 0 to 1
 */
export const noveltyBonus = (openness: number): number => WEIGHT * openness;
