import { SECOND } from '#domain/core/time.ts';
import {
  type CatalogueMark,
  catalogueMarkKey,
  type MaterialisedTitle,
  type OnlineTitle,
  type TitleCounts,
  type TitleList,
  titleFeaturesKey,
  titleKey,
  withdrawnKey,
} from '#domain/features/feature-names-and-online-items.ts';
import { FEATURE_VIEWS } from '#domain/features/feature-views.ts';
import { isAlive } from '#domain/features/is-alive.ts';
import { type Watermark, watermarkKey } from '#domain/features/online-features-watermark-types.ts';
import type { Table } from '#ports/table.ts';
import { timeBucketCache } from '../resilience/time-bucket-cache.ts';

/** Milliseconds, by the service's clock, for which serving uses the catalogue that it last read. */
const FRESH_FOR = 10 * SECOND;

/** A title with its counts. `counts` is missing if they are not materialised yet, or too old to be served. */
export interface CatalogueTitle extends OnlineTitle {
  readonly counts?: TitleCounts;
  /** Whether the title may not be shown to any user. */
  readonly withdrawn: boolean;
}
export type CatalogueTitles = ReadonlyMap<string, CatalogueTitle>;

/** Returns whether a title may be shown at all. @param at UTC epoch ms */
export const isAvailable = (title: CatalogueTitle | undefined, at: number): boolean =>
  title !== undefined && !title.withdrawn && title.releasedAt <= at;

type CatalogueTable = Pick<Table, 'query' | 'getMany'>;

/** Returns a function that reads all known titles by id. It returns the same map until the catalogue changes. */
export function catalogueReader(features: CatalogueTable, now: () => number): () => Promise<CatalogueTitles> {
  let last: { readonly state: string; readonly titles: CatalogueTitles } | undefined;
  return timeBucketCache(now, FRESH_FOR, async () => {
    const [mark, watermark, list] = (await features.getMany([catalogueMarkKey, watermarkKey, withdrawnKey])) as [
      CatalogueMark?,
      Watermark?,
      TitleList?,
    ];
    const alive = isAlive(FEATURE_VIEWS.title, watermark, now());
    const state = JSON.stringify([mark?.by, alive && watermark?.asOf, list?.titleIds]);
    // Tables of earlier versions have no mark: read the catalogue each time.
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
