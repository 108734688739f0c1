import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { folderObjectStore } from '#adapters/object-store/folder.ts';
import { openSqlite } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import { sqliteTable } from '#adapters/table/sqlite.ts';
import { DAY, HOUR } from '#domain/core/time.ts';
import {
  type DescribedFeatures,
  type DescribedView,
  describeViews,
} from '../../../functions/feature-engineering/describe-views-and-value-distributions.ts';
import type { FeatureProfile } from '../../../functions/feature-engineering/views/feature-profile.ts';
import { table } from '../../console/format-values-and-tables.ts';
import type { Terminal } from '../../console/terminal.ts';
import { WorldNotFound, type WorldOptions } from '../../home/find-existing-world.ts';
import { homeAt } from '../../home/world-folders-and-current-world.ts';

/**
 * Describes each feature view and the distribution of its values. A city may run at the same time, because the command
 * only reads.
 */
export async function describeFeatures(options: WorldOptions, terminal: Terminal): Promise<number> {
  const home = homeAt(options.home);
  const world = options.world ?? home.currentWorld();
  const described = await describeWorld(home.world(world));
  if (!described) throw new WorldNotFound(world);
  if (options.json) terminal.out(JSON.stringify({ world, ...described }));
  else for (const line of pageOf(world, described)) terminal.out(line);
  return 0;
}

async function describeWorld(folder: string): Promise<DescribedFeatures | undefined> {
  const path = join(folder, 'tables.sqlite');
  if (!existsSync(path)) return undefined;
  const database = openSqlite(path);
  try {
    const features = sqliteTable(database, 'features', { now: Date.now });
    return await describeViews({ lake: folderObjectStore({ root: join(folder, 'objects', 'lake') }), features });
  } finally {
    database.close();
  }
}

const PERCENT = 100;
const DIGITS = 3;
const BARS = [...' ▁▂▃▄▅▆▇█'];

function pageOf(world: string, { asOf, materialisedAsOf, views }: DescribedFeatures): string[] {
  const online =
    materialisedAsOf === null
      ? 'never materialised, so the online store has no values'
      : `online store as of ${new Date(materialisedAsOf).toISOString()}`;
  return [`World ${world} as of ${new Date(asOf).toISOString()}; ${online}`, ...views.flatMap(viewLines)];
}

function viewLines(view: DescribedView): string[] {
  const { name, description, keys, owner, freshness, ttl, sketches } = view;
  const rows = sketches.map(({ feature, rows, nullRate, low, median, high, bins }) => [
    `  ${feature}`,
    String(rows),
    `${(nullRate * PERCENT).toFixed(1)} %`,
    ...[low, median, high].map(shown),
    histogram(bins),
  ]);
  const entities = keys.map((key) => key.replace(/No$/, '')).join(', ');
  return [
    '',
    `${name}: ${description}`,
    `  key ${entities}; owner ${owner}; stale after ${duration(freshness)}, absent after ${duration(ttl)}`,
    ...Object.entries(view.features).map(([feature, meaning]) => `  ${feature}: ${meaning}; ${view.values[feature]}`),
    ...table([['  feature', 'rows', 'null', 'p1', 'median', 'p99', 'histogram p1 to p99'], ...rows]),
    '  SQL:',
    ...view.changes
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => `  ${line}`),
  ];
}

const shown = (value: number | null): string =>
  value === null ? '–' : value.toLocaleString('en', { maximumSignificantDigits: DIGITS, useGrouping: false });

const duration = (milliseconds: number): string =>
  milliseconds % DAY === 0 ? `${milliseconds / DAY} d` : `${milliseconds / HOUR} h`;

/** Draws a histogram with one character per bin. A bin that is not empty is never drawn as a space. */
function histogram(bins: FeatureProfile['bins']): string {
  const most = Math.max(1, ...bins);
  return bins.map((n) => BARS[Math.ceil((n / most) * (BARS.length - 1))] ?? '').join('');
}
