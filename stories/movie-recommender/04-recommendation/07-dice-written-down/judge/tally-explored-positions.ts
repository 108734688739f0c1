import type { SlateItem } from '#domain/events/exposure-schemas.ts';
import type { Slates } from './compare-slate-items-with-scene.ts';
import type { Scene } from './generate-explore-requests.ts';

/** Counts of one position over all requests of a scene. */
export interface PositionTally {
  readonly position: number;
  /** Requests in which the position kept its own title. */
  readonly kept: number;
  readonly explored: number;
  /** Requests in which each title of the pool was at the position. */
  readonly perTitle: ReadonlyMap<string, number>;
  /** Different propensities that were logged for the position's own title. */
  readonly keptPropensities: ReadonlySet<number>;
  /** Different propensities that were logged for each title of the pool. */
  readonly propensities: ReadonlyMap<string, ReadonlySet<number>>;
}

/** Counts what a function did. Whether an item was explored follows from its title, not from its field `source`. */
export const tallies = (slates: Slates, { slate, pool }: Scene): PositionTally[] =>
  slate.map(({ titleId: own }, index) => {
    const items = slates.flatMap((each) => each[index] ?? []);
    const kept = items.filter(({ titleId }) => titleId === own);
    const byTitle = Map.groupBy(items, ({ titleId }) => titleId);
    const of = (titleId: string) => byTitle.get(titleId) ?? [];
    return {
      position: index + 1,
      kept: kept.length,
      explored: items.length - kept.length,
      perTitle: new Map(pool.map((titleId) => [titleId, of(titleId).length])),
      keptPropensities: propensitiesOf(kept),
      propensities: new Map(pool.map((titleId) => [titleId, propensitiesOf(of(titleId))])),
    };
  });

const propensitiesOf = (items: readonly SlateItem[]) => new Set(items.map(({ propensity }) => propensity));

/**
 * Standard deviations by which a frequency may differ from a probability. All requirements together make about a
 * hundred comparisons, so by chance a right solution fails less than once in ten thousand checks.
 */
const Z = 6;

/** Returns whether `times` of `n` independent trials are possible if each succeeds with this probability. */
export function isPlausible(times: number, n: number, probability: number): boolean {
  const deviation = Math.sqrt(n * probability * (1 - probability));
  return Math.abs(times - n * probability) <= Z * deviation + 1;
}
