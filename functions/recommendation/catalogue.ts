import { type OnlineTitle, titleKey } from '#domain/features.ts';
import { SECOND } from '#domain/time.ts';
import type { Table } from '#ports/table.ts';
import { byBucket } from './by-bucket.ts';

/** How long serving may go on with what it last read of the catalogue and the counts, by the service's clock. */
export const FRESH_FOR = 10 * SECOND;

export type CatalogueTitles = ReadonlyMap<string, OnlineTitle>;

/** Every known title, by id. */
export const catalogueReader = (features: Pick<Table, 'query'>, now: () => number) =>
  byBucket(now, FRESH_FOR, async (): Promise<CatalogueTitles> => {
    const rows = await features.query<OnlineTitle>(titleKey('').pk);
    return new Map(rows.map(({ sk, item }) => [sk, item]));
  });
