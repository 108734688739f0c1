import { hashUnit } from '#domain/core/keyed-random.ts';

/** One logged exposure and its reward. */
export interface Observation {
  readonly userId: string;
  readonly title: number;
  readonly reward: number;
}

const FOLDS = 5;
/** Weight of the overall mean in each title's estimate, in requests. */
const PRIOR = 10;

const foldOf = (userId: string) => Math.floor(FOLDS * hashUnit(userId));

/**
 * Returns the reward model of the doubly robust estimate: each title's mean reward, shrunk towards the overall mean. The estimate
 * for a user excludes their own requests (cross-fitting), so that it does not depend on their own rewards.
 *
 * @returns expected reward of a title for a user
 */
export function crossFittedRewards(log: readonly Observation[]): (userId: string, title: number) => number {
  const models = Array.from({ length: FOLDS }, (_, fold) =>
    shrunkMeans(log.filter(({ userId }) => foldOf(userId) !== fold)),
  );
  return (userId, title) => models[foldOf(userId)]?.(title) ?? 0;
}

function shrunkMeans(log: readonly Observation[]): (title: number) => number {
  const totals = new Map<number, { rewards: number; count: number }>();
  for (const { title, reward } of log) {
    const total = totals.get(title) ?? { rewards: 0, count: 0 };
    totals.set(title, { rewards: total.rewards + reward, count: total.count + 1 });
  }
  const overall = log.length === 0 ? 0 : log.reduce((sum, { reward }) => sum + reward, 0) / log.length;
  return (title) => {
    const { rewards, count } = totals.get(title) ?? { rewards: 0, count: 0 };
    return (rewards + PRIOR * overall) / (count + PRIOR);
  };
}
