/** Weight of the last session in an agent's memory of the service. */
const MEMORY = 0.25;
/** Utility of a session after which an agent is fully content. */
const CONTENT_AT = 2.8;
export const INITIAL_SATISFACTION = 0.5;
const LEAST_EAGER = 0.35;
const EAGERNESS_RANGE = 1.3;
/** Below this satisfactionAfter an agent may leave for good after a session. */
const UNHAPPY = 0.2;
const CHURN = 0.08;

/**
 * Contentment after a session, 0 to 1. @param gained utility of the session's plays
 *
 * Source  boredom as a state that sessions move: Kapoor, Subbian, Srivastava, Schrater 2015, "Just in time
 *         recommendations: modeling the dynamics of boredom in activity streams"
 */
export const satisfactionAfter = (before: number, gained: number): number =>
  (1 - MEMORY) * before + MEMORY * Math.min(1, Math.max(0, gained / CONTENT_AT));

/** Factor on how often the agent comes: 1 at the first impression. */
export const visitRateFactor = (satisfaction: number): number => LEAST_EAGER + EAGERNESS_RANGE * satisfaction;

/** Probability of leaving for good. */
export const churnProbability = (satisfaction: number): number => (satisfaction < UNHAPPY ? CHURN : 0);
