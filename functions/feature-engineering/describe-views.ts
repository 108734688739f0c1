import { openDuckDb } from '#adapters/duckdb/duckdb.ts';
import { EVENTS } from '#domain/events/topics.ts';
import { FEATURE_VIEWS, type FeatureView } from '#domain/features/feature-views.ts';
import { type Watermark, watermarkKey } from '#domain/features/features.ts';
import type { Ports } from '#ports/index.ts';
import { lakeFiles } from './lake-files.ts';
import { CHANGE_TABLES, knownEvents } from './views/feature-changes.ts';
import { type Sketch, sketchOf } from './views/feature-profile.ts';

/** A view's definition, and how its values are distributed. */
export interface DescribedView extends Omit<FeatureView, 'values'> {
  /** SQL of each feature over a row `c` of the change table. */
  readonly values: Readonly<Record<string, string>>;
  readonly sketches: readonly Sketch[];
}

export interface DescribedFeatures {
  /** What the sketches are as of: just after the newest event of the lake, UTC epoch ms. */
  readonly asOf: number;
  /** What the online features are as of; null when they were never materialised. */
  readonly materialisedAsOf: number | null;
  readonly views: readonly DescribedView[];
}

/** Every view with a sketch of its values, from the lake; undefined when that is empty. */
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
  for (const sql of [...knownEvents(files, asOf), ...CHANGE_TABLES]) await database.run(sql);
  const views: DescribedView[] = [];
  for (const view of Object.values(FEATURE_VIEWS) as FeatureView[]) {
    const sketches: Sketch[] = [];
    for (const feature of Object.keys(view.features)) {
      sketches.push(...(await database.rows<Sketch>(sketchOf(view, feature, asOf))));
    }
    const values = Object.entries(view.values).map(([name, sql]) => [name, sql('c')]);
    views.push({ ...view, values: Object.fromEntries(values), sketches });
  }
  const watermark = await features.get<Watermark>(watermarkKey);
  return { asOf, materialisedAsOf: watermark?.asOf ?? null, views };
}
