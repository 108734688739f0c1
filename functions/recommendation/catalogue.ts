import { FEATURE_VIEWS } from '#domain/feature-views.ts';
import {
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
} from '#domain/features.ts';
import { SECOND } from '#domain/time.ts';
import type { Table } from '#ports/table.ts';
import { byBucket } from './by-bucket.ts';

/** How long serving may go on with what it last read of the catalogue and the counts, by the service's clock. */
export const FRESH_FOR = 10 * SECOND;

/** A title with its counts; without them when they are not there yet, or too old to be served. */
export interface CatalogueTitle extends OnlineTitle {
  readonly counts?: TitleCounts;
  /** Nobody may be shown it any more. */
  readonly withdrawn: boolean;
}
export type CatalogueTitles = ReadonlyMap<string, CatalogueTitle>;

/** Every known title, by id. */
export const catalogueReader = (features: Pick<Table, 'query' | 'get'>, now: () => number) =>
  byBucket(now, FRESH_FOR, async (): Promise<CatalogueTitles> => {
    const [rows, materialised, watermark, list] = await Promise.all([
      features.query<OnlineTitle>(titleKey('').pk),
      features.query<MaterialisedTitle>(titleFeaturesKey('').pk),
      features.get<Watermark>(watermarkKey),
      features.get<TitleList>(withdrawnKey),
    ]);
    const withdrawn = new Set(list?.titleIds);
    const alive = isAlive(FEATURE_VIEWS.title, watermark, now());
    const counts = new Map(alive ? materialised.map(({ sk, item }) => [sk, item.features]) : []);
    return new Map(rows.map(({ sk, item }) => [sk, { ...item, counts: counts.get(sk), withdrawn: withdrawn.has(sk) }]));
  });
