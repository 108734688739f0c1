import { BrickError } from '#domain/core/brick-error.ts';
import { pairedRatio, pairingGain } from '#domain/core/paired-and-bootstrap-estimates.ts';

/**
 * The outcomes of a measured period under one policy, agent by agent. The fields are typed arrays, so a worker thread
 * can send them.
 */
export interface Outcomes {
  readonly sessions: Uint16Array;
  readonly plays: Uint16Array;
  /** Sum of the true utilities of all plays, in utils. */
  readonly utility: Float64Array;
  /** One bit per day with a session: bit 0 is the first measured day. */
  readonly activeDays: Uint32Array;
  /** One byte per catalogue item: 1 once it was shown. */
  readonly shown: Uint8Array;
}

/** The result of one policy. */
export interface PolicyResult {
  /** Mean true utility of all plays, per session. */
  readonly utilityPerSession: number;
  readonly playsPerSession: number;
  /** Share of the first day's agents that returned on the last day (the seventh of a week), 0 to 1. */
  readonly returnRateDay7: number;
  /** Share of the catalogue that was shown at least once. 0 to 1. */
  readonly coverage: number;
}

export const outcomesOf = ({ sessions, plays, utility, activeDays, shown }: Outcomes): Outcomes => ({
  sessions: sessions.slice(),
  plays: plays.slice(),
  utility: utility.slice(),
  activeDays: activeDays.slice(),
  shown: shown.slice(),
});

const total = (values: ArrayLike<number>): number => Array.prototype.reduce.call(values, add, 0) as number;
const add = (sum: unknown, value: unknown) => (sum as number) + (value as number);

/** Returns the result of a policy from its outcomes. @param days length of the measured period in days, 1 to 31 */
export function policyResult(outcomes: Outcomes, days: number): PolicyResult {
  const sessions = Math.max(1, total(outcomes.sessions));
  const last = 1 << (days - 1);
  const first = outcomes.activeDays.filter((active) => (active & 1) !== 0);
  const back = first.filter((active) => (active & last) !== 0).length;
  return {
    utilityPerSession: total(outcomes.utility) / sessions,
    playsPerSession: total(outcomes.plays) / sessions,
    returnRateDay7: first.length === 0 ? 0 : back / first.length,
    coverage: total(outcomes.shown) / outcomes.shown.length,
  };
}

export interface Lift {
  /** Relative gain in utility per session over popular. */
  readonly overPopular: number;
  /** 95 % interval of the gain, paired over agents. */
  readonly interval: readonly [number, number];
  /** Fraction of the popularity-to-oracle gap that the policy closes: (policy − popular) / (oracle − popular). */
  readonly oracleShare: number;
  /**
   * Variance of an A/B test with half of the agents in each arm, divided by the variance of comparing the same agents
   * under both policies.
   */
  readonly pairingGain: number;
}

export class NoGainToShare extends BrickError {
  override readonly code = 'BRICK_NO_GAIN_TO_SHARE';
  constructor() {
    super({
      what: 'the oracle was not better than the popularity policy',
      why: 'the run is too short or too small to show a difference',
      fix: 'Simulate more agents or more days',
    });
  }
}

/**
 * Returns a policy's gain over popularity, on the same agents with the same random numbers.
 *
 * Unit    a share: 0.2 is 20 % more utility per session
 * Source  ratio of paired totals with a delta-method variance: see pairedRatio
 */
export function liftOver(popular: Outcomes, policy: Outcomes, oracle: Outcomes): Lift {
  const perSession = (outcomes: Outcomes) => total(outcomes.utility) / Math.max(1, total(outcomes.sessions));
  const gap = perSession(oracle) - perSession(popular);
  if (gap <= 0) throw new NoGainToShare();
  const arms = [popular.utility, popular.sessions, policy.utility, policy.sessions] as const;
  const { value, low, high } = pairedRatio(...arms);
  const oracleShare = (perSession(policy) - perSession(popular)) / gap;
  return { overPopular: value, interval: [low, high], oracleShare, pairingGain: pairingGain(...arms) };
}
