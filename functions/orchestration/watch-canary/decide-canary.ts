import type { Estimate } from '#domain/core/paired-and-bootstrap-estimates.ts';
import { type Sample, sequentialDifference } from '#domain/experiments/sequential-test.ts';

/** Measurements of one arm, one value per user. */
export interface Arm {
  /** Plays per slate. */
  readonly plays: Sample;
  /**
   * Share of a user's slates that a fallback policy served, 0 to 1. These slates spend the error budget of the SLO
   * recommend-undegraded.
   */
  readonly degraded: Sample;
}

export interface CanaryDecision {
  readonly action: 'roll-back' | 'keep';
  /** A sentence for the log and the alias log. */
  readonly reason: string;
  /** Canary − champion. */
  readonly lift: Estimate;
  readonly degraded: Estimate;
}

/**
 * Minimum number of users per arm. The interval assumes that an arm's mean is normally distributed, which needs about
 * 30 users.
 */
const LEAST_USERS = 30;

/**
 * Decides whether to roll back the canary: as soon as it has certainly fewer plays per slate, or more degraded slates,
 * than the champion. The intervals are valid at every inspection (layers/domain/experiments/sequential-test.ts), so the
 * decision may be made at any time.
 *
 * Unit    lift: plays per slate; degraded: share of slates, 0 to 1
 * Never   decides on fewer than LEAST_USERS users in an arm; promotes a canary; moves the alias
 */
export function decideCanary(champion: Arm, canary: Arm): CanaryDecision {
  const lift = sequentialDifference(champion.plays, canary.plays);
  const degraded = sequentialDifference(champion.degraded, canary.degraded);
  const found = { lift, degraded };
  const users = Math.min(champion.plays.units, canary.plays.units);
  if (users < LEAST_USERS) {
    return { action: 'keep', reason: `an arm has only ${users} users: at least ${LEAST_USERS} are needed`, ...found };
  }
  if (degraded.low > 0) {
    return { action: 'roll-back', reason: `more slates are degraded: ${withInterval(degraded)}`, ...found };
  }
  if (lift.high < 0) return { action: 'roll-back', reason: `fewer plays per slate: ${withInterval(lift)}`, ...found };
  const better = lift.low > 0 ? 'more plays per slate' : 'no certain difference in plays per slate';
  return { action: 'keep', reason: `${better}: ${withInterval(lift)}`, ...found };
}

const DIGITS = 4;
const withInterval = ({ value, low, high }: Estimate): string =>
  `${value.toFixed(DIGITS)} (95 % at every look ${low.toFixed(DIGITS)} to ${high.toFixed(DIGITS)})`;
