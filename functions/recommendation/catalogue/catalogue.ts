import { SECOND } from '#domain/core/time.ts';
import { FEATURE_VIEWS } from '#domain/features/feature-views.ts';
import {
  type CatalogueMark,
  catalogueMarkKey,
  isAlive,
  type MaterialisedTitle,
  type OnlineTitle,
  type TitleCounts,
  type TitleList,
  titleFeaturesKey,
  titleKey,
  type Watermark,
  watermarkKey,
  withdrawnKey,
} from '#domain/features/features.ts';
import type { Table } from '#ports/table.ts';
import { byBucket } from '../resilience/time-bucket-cache.ts';

/** How long serving may go on with what it last read of the catalogue, by the service's clock. */
export const FRESH_FOR = 10 * SECOND;

/** A title with its counts; without them when they are not there yet, or too old to be served. */
export interface CatalogueTitle extends OnlineTitle {
  readonly counts?: TitleCounts;
  /** Nobody may be shown it any more. */
  readonly withdrawn: boolean;
}
export type CatalogueTitles = ReadonlyMap<string, CatalogueTitle>;

/** Whether anybody may be shown it. */
export const isAvailable = (title: CatalogueTitle | undefined, at: number): boolean =>
  title !== undefined && !title.withdrawn && title.releasedAt <= at;

type CatalogueTable = Pick<Table, 'query' | 'getMany'>;

/** Every known title, by id: the same map for as long as nothing of it has changed. */
export function catalogueReader(features: CatalogueTable, now: () => number): () => Promise<CatalogueTitles> {
  let last: { readonly state: string; readonly titles: CatalogueTitles } | undefined;
  return byBucket(now, FRESH_FOR, async () => {
    const [mark, watermark, list] = (await features.getMany([catalogueMarkKey, watermarkKey, withdrawnKey])) as [
      CatalogueMark?,
      Watermark?,
      TitleList?,
    ];
    const alive = isAlive(FEATURE_VIEWS.title, watermark, now());
    const state = JSON.stringify([mark?.by, alive && watermark?.asOf, list?.titleIds]);
    // A world from before the mark has none, and is read again each time.
    if (mark === undefined || last?.state !== state) {
      last = { state, titles: await readCatalogue(features, alive, new Set(list?.titleIds)) };
    }
    return last.titles;
  });
}

async function readCatalogue(
  features: CatalogueTable,
  alive: boolean,
  withdrawn: ReadonlySet<string>,
): Promise<CatalogueTitles> {
  const rows = await features.query<OnlineTitle>(titleKey('').pk);
  const materialised = alive ? await features.query<MaterialisedTitle>(titleFeaturesKey('').pk) : [];
  const counts = new Map(materialised.map(({ sk, item }) => [sk, item.features]));
  return new Map(rows.map(({ sk, item }) => [sk, { ...item, counts: counts.get(sk), withdrawn: withdrawn.has(sk) }]));
}
