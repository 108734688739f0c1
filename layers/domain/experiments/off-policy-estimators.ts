import { type Estimate, mean } from '../core/paired-and-bootstrap-estimates.ts';

/** One logged request, with the values that the evaluation of another policy needs. */
export interface Logged {
  /** One user's requests depend on one another, so variances are clustered by user. */
  readonly userId: string;
  /** Outcome of the action that was shown. */
  readonly reward: number;
  /** Probability with which the logging policy chose this action. */
  readonly propensity: number;
  /** Probability with which the evaluated policy would choose this action. */
  readonly target: number;
  /** A model's prediction of the reward of this action. The model was fitted without this user's requests. */
  readonly guess: number;
  /** Expected prediction under the evaluated policy: Σ over titles of its probability × the prediction. */
  readonly guessOfTarget: number;
}

/** Estimates of a policy's value, with two diagnostics. */
export interface PolicyEvaluation {
  readonly ips: Estimate;
  readonly snips: Estimate;
  readonly doublyRobust: Estimate;
  /**
   * Mean importance weight. Its expectation is 1. If the interval excludes 1, logged propensities are wrong, or the
   * logging policy never takes some actions of the evaluated policy.
   */
  readonly weight: Estimate;
  /**
   * Effective sample size: the number of requests under the evaluated policy that would be as informative, (Σw)² / Σw².
   */
  readonly effectiveSize: number;
}

/** Standard normal quantile at 97.5 %. */
const Z95 = 1.959964;

/**
 * Estimates the mean reward per request of a policy that was never used, from the log of another policy.
 *
 * Shape   one entry per request
 * Unit    that of the reward; each estimate has a 95 % interval, clustered by user
 * Error   RangeError for a propensity outside (0, 1]
 * Source  IPS: Horvitz & Thompson 1952, JASA 47; SNIPS: Swaminathan & Joachims 2015, NIPS; doubly robust: Dudík, Langford, Li
 *         2011, ICML; variances: linearised, clustered (Liang & Zeger 1986)
 */
export function evaluatePolicy(log: readonly Logged[]): PolicyEvaluation {
  const wrong = log.find(({ propensity }) => !(propensity > 0 && propensity <= 1));
  if (wrong) throw new RangeError(`a propensity is ${wrong.propensity}: it must be above 0 and at most 1`);
  const weights = log.map(({ target, propensity }) => target / propensity);
  const at = (i: number) => weights[i] as number;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const weighted = log.map(({ reward }, i) => at(i) * reward);
  const ratio = total === 0 ? Number.NaN : mean(weighted) / mean(weights);
  return {
    ips: meanOf(log, weighted),
    snips: aroundMean(
      log,
      ratio,
      log.map(({ reward }, i) => (at(i) * (reward - ratio)) / mean(weights)),
    ),
    doublyRobust: meanOf(
      log,
      log.map(({ reward, guess, guessOfTarget }, i) => guessOfTarget + at(i) * (reward - guess)),
    ),
    weight: meanOf(log, weights),
    effectiveSize: total === 0 ? 0 : total ** 2 / weights.reduce((sum, weight) => sum + weight ** 2, 0),
  };
}

function meanOf(log: readonly Logged[], values: readonly number[]): Estimate {
  const value = mean(values);
  return aroundMean(
    log,
    value,
    values.map((one) => one - value),
  );
}

/** @param deviations contribution of each request to the estimate's error; their mean is 0 */
function aroundMean(log: readonly Logged[], value: number, deviations: readonly number[]): Estimate {
  const byUser = new Map<string, number>();
  log.forEach(({ userId }, i) => {
    byUser.set(userId, (byUser.get(userId) ?? 0) + (deviations[i] as number));
  });
  const users = byUser.size;
  const squares = [...byUser.values()].reduce((sum, deviation) => sum + deviation ** 2, 0);
  const margin = users < 2 ? Number.NaN : (Z95 * Math.sqrt((squares * users) / (users - 1))) / log.length;
  return { value, low: value - margin, high: value + margin };
}

/** Returns whether an interval contains a value. */
export const covers = ({ low, high }: Estimate, value: number): boolean => low <= value && value <= high;
