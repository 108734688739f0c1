import { setImmediate as turn } from 'node:timers/promises';
import { idsOfText } from '#domain/core/id-list.ts';
import {
  type EarlierPopularityCounts,
  type PopularityCounts,
  popularityCountsOf,
  popularityOf,
} from '#domain/features/play-counters.ts';
import type { Table } from '#ports/table.ts';

/** Plays by title. */
export interface Counts {
  get(titleId: string): number | undefined;
  /** Also of titles without plays. */
  forEach(use: (plays: number, titleId: string) => void): void;
}

/** What a row's list of titles says. */
interface Listed {
  readonly titleIds: string;
  readonly numbers: readonly number[];
}

/**
 * Adds up what all consumers have counted in a place. Titles get a number each, and each row's list of titles is looked up once: it
 * stays the same for long, while the plays beside it change. What is kept changes no answer.
 */
export function countsReader(features: Pick<Table, 'query'>) {
  const titles: string[] = [];
  const numberOf = new Map<string, number>();
  const listed = new Map<string, Listed>();
  const numbered = (titleId: string) => {
    const number = numberOf.get(titleId) ?? titles.push(titleId) - 1;
    numberOf.set(titleId, number);
    return number;
  };
  return async (place: string): Promise<Counts> => {
    const total = titles.map(() => 0);
    const pk = popularityOf(place);
    for (const { sk, item } of await features.query<PopularityCounts | EarlierPopularityCounts>(pk)) {
      const counts = popularityCountsOf(item);
      const known = listed.get(pk + sk);
      const isKnown = known?.titleIds === counts.titleIds;
      const { numbers } = isKnown ? known : { numbers: idsOfText(counts.titleIds).map(numbered) };
      for (let i = 0; i < numbers.length; i++) {
        const number = numbers[i] as number;
        total[number] = (total[number] ?? 0) + (counts.plays[i] as number);
      }
      if (isKnown) continue;
      listed.set(pk + sk, { titleIds: counts.titleIds, numbers });
      // All lists of a large catalogue take a tenth of a second: who asks for something else need not wait for that.
      await turn();
    }
    return {
      get: (titleId) => total[numberOf.get(titleId) ?? -1],
      forEach: (use) => total.forEach((plays, number) => void use(plays, titles[number] as string)),
    };
  };
}
