import { type DuckDb, openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { titleFeaturesKey, userFeaturesKey } from '#domain/features/feature-names-and-online-items.ts';
import { type Watermark, watermarkKey } from '#domain/features/online-features-watermark-types.ts';
import type { Ports } from '#ports/index.ts';
import type { Table, TableEntry } from '#ports/table.ts';
import { type Snapshot, snapshot } from './compute-online-feature-snapshot.ts';
import { lakeFiles } from './lake-relation.ts';
import { openKnown, POSITIONS, wantAll, wantChanged } from './views/select-entities.ts';

export interface Materialised {
  /** The watermark's time afterwards; undefined if the lake is empty. */
  readonly asOf: number | undefined;
  /** Number of items written. */
  readonly users: number;
  readonly titles: number;
}

const ITEMS_PER_WRITE = 1_000;

/**
 * Refreshes the online features from the lake: computes the features of the users and titles that have changed since
 * the watermark, or of all of them without a watermark. Then it moves the watermark, which never goes back and is never
 * ahead of the service's clock. An `asOf` before the watermark changes nothing; an `asOf` in the future means now. It
 * can run again at any time.
 *
 * @param asOf UTC epoch ms
 */
export async function materialise(
  { lake, features, now }: Pick<Ports, 'lake' | 'features' | 'now'>,
  asOf: number,
): Promise<Materialised> {
  const at = Math.min(asOf, now());
  const before = await features.get<Watermark>(watermarkKey);
  const files = await lakeFiles(lake, EVENTS);
  // A watermark in the future comes from a wrong clock. It must not block the refresh.
  const ahead = before !== undefined && before.asOf > now();
  if (!files || (before && before.asOf > at && !ahead)) return { asOf: before?.asOf, users: 0, titles: 0 };
  using database = await openDuckDb();
  const after = await readChanges(database, files, ahead ? undefined : before, at);
  const changed = await snapshot(database, at);
  await write(features, changed);
  const when = before ? { field: 'asOf', equals: before.asOf } : 'absent';
  const moved = await features.put(watermarkKey, after, { when });
  if (moved) return { asOf: at, users: changed.users.length, titles: changed.titles.length };
  // Another refresh has ended in the meantime. This one may have overwritten its items, so all of them are recomputed.
  const theirs = await features.get<Watermark>(watermarkKey);
  await features.delete(watermarkKey);
  return materialise({ lake, features, now }, Math.max(at, theirs?.asOf ?? at));
}

/**
 * Creates the tables of the selected users and titles.
 *
 * @returns the watermark that is valid once their features are written
 */
async function readChanges(
  database: DuckDb,
  files: string,
  before: Watermark | undefined,
  at: number,
): Promise<Watermark> {
  await openKnown(database, files, at);
  const ends = await database.rows<{ partition: number; last: bigint }>(POSITIONS);
  await (before ? wantChanged(database, before) : wantAll(database));
  const positions = Object.fromEntries(ends.map(({ partition, last }) => [String(partition), Number(last)]));
  return { asOf: at, positions: { ...before?.positions, ...positions } };
}

async function write(features: Table, { users, titles, goneUsers, goneTitles }: Snapshot): Promise<void> {
  const entries: TableEntry[] = [
    ...users.map((item) => ({ key: userFeaturesKey(item.userId), item })),
    ...titles.map((item) => ({ key: titleFeaturesKey(item.titleId), item })),
  ];
  for (let i = 0; i < entries.length; i += ITEMS_PER_WRITE) {
    await features.putMany(entries.slice(i, i + ITEMS_PER_WRITE));
  }
  for (const userId of goneUsers) await features.delete(userFeaturesKey(userId));
  for (const titleId of goneTitles) await features.delete(titleFeaturesKey(titleId));
}
