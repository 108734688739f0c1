/** Weight of the last session in an agent's satisfaction; the rest is the satisfaction before it. */
const LAST_SESSION_WEIGHT = 0.25;
/** Utility of a session that satisfies an agent fully, in utils. */
const FULL_SATISFACTION_UTILS = 2.8;
/** Satisfaction of an agent before its first session. */
export const INITIAL_SATISFACTION = 0.5;
/** Visit rate of an agent with satisfaction 0, relative to its base rate. */
const LOWEST_VISIT_RATE = 0.35;
/** Increase of the visit rate from satisfaction 0 to 1, relative to the base rate. */
const VISIT_RATE_RANGE = 1.3;
/** Satisfaction below which an agent may churn after a session. */
const CHURN_THRESHOLD = 0.2;
/** Probability that an agent below the threshold churns after a session. */
const CHURN_PROBABILITY = 0.08;

/**
 * Returns an agent's satisfaction with the service after a session: an exponential moving average over its sessions.
 *
 * Formula (1 − w) × before + w × min(1, max(0, gained / FULL_SATISFACTION_UTILS)), w = LAST_SESSION_WEIGHT
 * Unit    0 to 1
 * Source  Kapoor, Subbian, Srivastava, Schrater 2015, "Just in time recommendations: modeling the dynamics of boredom
 *         in activity streams": sessions change a hidden state of boredom
 *
 * @param gained sum of the utilities of the session's plays, in utils
 */
export const satisfactionAfter = (before: number, gained: number): number =>
  (1 - LAST_SESSION_WEIGHT) * before + LAST_SESSION_WEIGHT * Math.min(1, Math.max(0, gained / FULL_SATISFACTION_UTILS));

/** Returns the factor on an agent's base visit rate: 0.35 at satisfaction 0, 1 at 0.5, 1.65 at 1. */
export const visitRateFactor = (satisfaction: number): number => LOWEST_VISIT_RATE + VISIT_RATE_RANGE * satisfaction;

/** Returns the probability that an agent stops using the service after a session. */
export const churnProbability = (satisfaction: number): number =>
  satisfaction < CHURN_THRESHOLD ? CHURN_PROBABILITY : 0;
