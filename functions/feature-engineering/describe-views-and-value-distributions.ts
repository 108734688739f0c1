import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { FEATURE_VIEWS, type FeatureView, type ViewName } from '#domain/features/feature-views.ts';
import { type Watermark, watermarkKey } from '#domain/features/online-features-watermark-types.ts';
import type { Ports } from '#ports/index.ts';
import { lakeFiles } from './lake-relation.ts';
import { FEATURE_VALUES, type FeatureProfile, profileOf } from './views/feature-profile.ts';
import { changesOf, loadFeatureChanges } from './views/load-change-tables.ts';

/** A view's definition, and the distribution of its values. */
export interface DescribedView extends FeatureView {
  /** SQL of the change table. */
  readonly changes: string;
  /** SQL of each feature over a row `c` of the change table. */
  readonly values: Readonly<Record<string, string>>;
  readonly sketches: readonly FeatureProfile[];
}

export interface DescribedFeatures {
  /** Time of the profiles: just after the newest event of the lake, UTC epoch ms. */
  readonly asOf: number;
  /** Time of the online features; null if they were never computed. */
  readonly materialisedAsOf: number | null;
  readonly views: readonly DescribedView[];
}

/** Describes every view with profiles of its features, from the lake. Returns undefined if the lake is empty. */
export async function describeViews({
  lake,
  features,
}: {
  readonly lake: Pick<Ports['lake'], 'list' | 'open'>;
  readonly features: Pick<Ports['features'], 'get'>;
}): Promise<DescribedFeatures | undefined> {
  const files = await lakeFiles(lake, EVENTS);
  if (!files) return undefined;
  using database = await openDuckDb();
  const [newest] = await database.rows<{ at: bigint }>(`SELECT max(ingestedAt) AS at FROM ${files}`);
  const asOf = Number(newest?.at ?? 0) + 1;
  await loadFeatureChanges(database, files, asOf);
  const views: DescribedView[] = [];
  for (const name of Object.keys(FEATURE_VIEWS) as ViewName[]) {
    const view: FeatureView = FEATURE_VIEWS[name];
    const sketches: FeatureProfile[] = [];
    for (const feature of Object.keys(view.features)) {
      sketches.push(...(await database.rows<FeatureProfile>(profileOf(name, feature))));
    }
    views.push({ ...view, changes: changesOf(view), values: FEATURE_VALUES[name], sketches });
  }
  const watermark = await features.get<Watermark>(watermarkKey);
  return { asOf, materialisedAsOf: watermark?.asOf ?? null, views };
}
