import type { Estimate } from '#domain/core/statistics.ts';
import { type Sample, sequentialDifference } from '#domain/experiments/sequential-test.ts';

/** What the users of one arm did with what they were shown; one value per user. */
export interface Arm {
  /** Plays per slate. */
  readonly plays: Sample;
  /** Share of the slates that a lesser policy had to answer, 0 to 1: what spends the budget of the SLO recommend-undegraded. */
  readonly degraded: Sample;
}

export interface CanaryVerdict {
  readonly action: 'roll-back' | 'go-on';
  /** In words, for the log and the alias log. */
  readonly reason: string;
  /** Canary − champion. */
  readonly lift: Estimate;
  readonly degraded: Estimate;
}

/** Fewer users in either arm say nothing: their mean is not normal yet. */
export const LEAST_USERS = 30;

/**
 * Whether the canary is taken back: as soon as it is certainly worse than the champion, in what users do or in the SLO.
 * May be asked as often as one likes (layers/domain/experiments/sequential-test.ts). A seam: the rule is all it decides.
 */
export function decide(champion: Arm, canary: Arm): CanaryVerdict {
  const lift = sequentialDifference(champion.plays, canary.plays);
  const degraded = sequentialDifference(champion.degraded, canary.degraded);
  const found = { lift, degraded };
  const users = Math.min(champion.plays.units, canary.plays.units);
  if (users < LEAST_USERS) return { action: 'go-on', reason: `${users} users are too few to tell`, ...found };
  if (degraded.low > 0)
    return { action: 'roll-back', reason: `more slates are degraded: ${inWords(degraded)}`, ...found };
  if (lift.high < 0) return { action: 'roll-back', reason: `fewer plays per slate: ${inWords(lift)}`, ...found };
  const better = lift.low > 0 ? 'more plays per slate' : 'no certain difference in plays per slate';
  return { action: 'go-on', reason: `${better}: ${inWords(lift)}`, ...found };
}

const DIGITS = 4;
const inWords = ({ value, low, high }: Estimate): string =>
  `${value.toFixed(DIGITS)} (95 % at every look ${low.toFixed(DIGITS)} to ${high.toFixed(DIGITS)})`;
