import { hashUnit } from '#domain/core/keyed-random.ts';

/** Of the log: what was shown to whom, and what came of it. */
export interface Seen {
  readonly userId: string;
  readonly title: number;
  readonly reward: number;
}

const FOLDS = 5;
/** Requests' worth of the mean of all titles that each title begins with. */
const PRIOR = 10;

const foldOf = (userId: string) => Math.floor(FOLDS * hashUnit(userId));

/**
 * The reward model of the doubly robust estimate: each title's mean reward, drawn towards that of all. For a user it is made from
 * the requests of others (cross-fitting), so that nobody's luck is guessed from itself.
 *
 * @returns the guess for a user and a title
 */
export function crossFitted(log: readonly Seen[]): (userId: string, title: number) => number {
  const models = Array.from({ length: FOLDS }, (_, fold) =>
    meansOf(log.filter(({ userId }) => foldOf(userId) !== fold)),
  );
  return (userId, title) => models[foldOf(userId)]?.(title) ?? 0;
}

function meansOf(log: readonly Seen[]): (title: number) => number {
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
