import { type Estimate, mean } from '../core/statistics.ts';

/** One request of the log, as a judge of another policy sees it. */
export interface Logged {
  /** Whose request it was: one user's requests depend on one another. */
  readonly userId: string;
  /** What came of what was shown. */
  readonly reward: number;
  /** Probability with which the policy of the log showed this. */
  readonly propensity: number;
  /** Probability with which the judged policy would have. */
  readonly target: number;
  /** A model's guess of the reward, of what was shown: made without this user's requests. */
  readonly guess: number;
  /** The same, over all that the judged policy might show: Σ over titles of its probability × the guess. */
  readonly guessOfTarget: number;
}

/** An estimate of a policy's value, and what tells whether to believe it. */
export interface Judgement {
  readonly ips: Estimate;
  readonly snips: Estimate;
  readonly doublyRobust: Estimate;
  /** Mean importance weight. Its expectation is 1: where the interval leaves that out, propensities are wrong or something has none. */
  readonly weight: Estimate;
  /** How many requests of the judged policy's own would tell as much: (Σw)² / Σw². */
  readonly effectiveSize: number;
}

/** Standard normal quantile at 97.5 %. */
const Z95 = 1.959964;

/**
 * What a policy that was never used would have earned per request, from the log of another one.
 *
 * Shape   one entry per request
 * Unit    of the reward; each estimate with its 95 % interval, for which users are drawn, not requests
 * Error   RangeError where a propensity is not above 0 and at most 1
 * Source  IPS: Horvitz & Thompson 1952, JASA 47; SNIPS: Swaminathan & Joachims 2015, NIPS; doubly robust: Dudík, Langford, Li
 *         2011, ICML; variances: linearised, clustered (Liang & Zeger 1986)
 */
export function judge(log: readonly Logged[]): Judgement {
  const wrong = log.find(({ propensity }) => !(propensity > 0 && propensity <= 1));
  if (wrong) throw new RangeError(`a propensity is above 0 and at most 1, not ${wrong.propensity}`);
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

/** @param deviations what each request adds to the estimate's error; their mean is 0 */
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

/** Whether an interval holds a value. */
export const covers = ({ low, high }: Estimate, value: number): boolean => low <= value && value <= high;
