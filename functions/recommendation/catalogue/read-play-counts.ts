import { setImmediate as nextTurn } from 'node:timers/promises';
import { splitIds } from '#domain/core/join-and-split-ids.ts';
import {
  type EarlierPopularityCounts,
  type PopularityCounts,
  popularityCountsOf,
  popularityOf,
} from '#domain/features/play-count-rows-by-country.ts';
import type { Table } from '#ports/table.ts';

/** Plays by title. */
export interface PlayCounts {
  get(titleId: string): number | undefined;
  /** May include titles with 0 plays. */
  forEach(use: (plays: number, titleId: string) => void): void;
}

/** A row's list of titles as it is stored, and the number that the cache gave to each title. */
interface ParsedList {
  readonly titleIds: string;
  readonly numbers: readonly number[];
}

/**
 * Returns a function that reads the plays by title in a country: the sum over the country's rows. Titles get
 * consecutive numbers. Each row's list of titles is parsed once and cached, because it rarely changes; the plays change
 * often. The cache never changes a result.
 */
export function playCountsReader(features: Pick<Table, 'query'>) {
  const titles: string[] = [];
  const numberOf = new Map<string, number>();
  /** Key of a row → its parsed list. */
  const parsed = new Map<string, ParsedList>();
  const numbered = (titleId: string) => {
    const number = numberOf.get(titleId) ?? titles.push(titleId) - 1;
    numberOf.set(titleId, number);
    return number;
  };
  return async (country: string): Promise<PlayCounts> => {
    const total = titles.map(() => 0);
    const pk = popularityOf(country);
    for (const { sk, item } of await features.query<PopularityCounts | EarlierPopularityCounts>(pk)) {
      const counts = popularityCountsOf(item);
      const known = parsed.get(pk + sk);
      const isKnown = known?.titleIds === counts.titleIds;
      const { numbers } = isKnown ? known : { numbers: splitIds(counts.titleIds).map(numbered) };
      for (let i = 0; i < numbers.length; i++) {
        const number = numbers[i] as number;
        total[number] = (total[number] ?? 0) + (counts.plays[i] as number);
      }
      if (isKnown) continue;
      parsed.set(pk + sk, { titleIds: counts.titleIds, numbers });
      // Parsing all lists of a large catalogue takes 100 ms: let other requests run in between.
      await nextTurn();
    }
    return {
      get: (titleId) => total[numberOf.get(titleId) ?? -1],
      forEach: (use) => total.forEach((plays, number) => void use(plays, titles[number] as string)),
    };
  };
}
