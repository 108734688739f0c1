import { type DuckDb, openDuckDb } from '#adapters/duckdb/duckdb.ts';
import { EVENTS } from '#domain/events/topics.ts';
import { titleFeaturesKey, userFeaturesKey, type Watermark, watermarkKey } from '#domain/features/features.ts';
import type { Ports } from '#ports/index.ts';
import type { Table, TableEntry } from '#ports/table.ts';
import { lakeFiles } from './lake-files.ts';
import { type Snapshot, snapshot } from './snapshot.ts';
import { ALL_WANTED, changedSince, knownAt, POSITIONS } from './views/entities.ts';

export interface Materialised {
  /** The watermark's time afterwards; undefined when the lake is empty. */
  readonly asOf: number | undefined;
  /** Items written. */
  readonly users: number;
  readonly titles: number;
}

const WRITTEN_AT_ONCE = 1_000;

/**
 * Offline → online: computes the features of the users and titles that have changed since the watermark, of all of them where there
 * is none, and moves the watermark: never back, and never ahead of our clock. An `asOf` before it changes nothing, and one in
 * the future means now. Running it again does the same.
 */
export async function materialise(
  { lake, features, now }: Pick<Ports, 'lake' | 'features' | 'now'>,
  asOf: number,
): Promise<Materialised> {
  const at = Math.min(asOf, now());
  const before = await features.get<Watermark>(watermarkKey);
  const files = await lakeFiles(lake, EVENTS);
  // One ahead of our clock was left by a clock that was wrong: it must not block us.
  const ahead = before !== undefined && before.asOf > now();
  if (!files || (before && before.asOf > at && !ahead)) return { asOf: before?.asOf, users: 0, titles: 0 };
  using database = await openDuckDb();
  const after = await readChanges(database, files, ahead ? undefined : before, at);
  const changed = await snapshot(database, at);
  await write(features, changed);
  const when = before ? { field: 'asOf', equals: before.asOf } : 'absent';
  const moved = await features.put(watermarkKey, after, { when });
  if (moved) return { asOf: at, users: changed.users.length, titles: changed.titles.length };
  // Another one ended meanwhile, and ours may have written over what it wrote: everything is made anew, as of its time at least.
  const theirs = await features.get<Watermark>(watermarkKey);
  await features.delete(watermarkKey);
  return materialise({ lake, features, now }, Math.max(at, theirs?.asOf ?? at));
}

/** Finds whose features to compute. @returns the watermark that holds when they are written */
async function readChanges(
  database: DuckDb,
  files: string,
  before: Watermark | undefined,
  at: number,
): Promise<Watermark> {
  for (const sql of knownAt(files, at)) await database.run(sql);
  const ends = await database.rows<{ partition: number; last: bigint }>(POSITIONS);
  for (const sql of before ? changedSince(before, at) : ALL_WANTED) await database.run(sql);
  const positions = Object.fromEntries(ends.map(({ partition, last }) => [String(partition), Number(last)]));
  return { asOf: at, positions: { ...before?.positions, ...positions } };
}

async function write(features: Table, { users, titles, goneUsers, goneTitles }: Snapshot): Promise<void> {
  const entries: TableEntry[] = [
    ...users.map((item) => ({ key: userFeaturesKey(item.userId), item })),
    ...titles.map((item) => ({ key: titleFeaturesKey(item.titleId), item })),
  ];
  for (let i = 0; i < entries.length; i += WRITTEN_AT_ONCE) {
    await features.putMany(entries.slice(i, i + WRITTEN_AT_ONCE));
  }
  for (const userId of goneUsers) await features.delete(userFeaturesKey(userId));
  for (const titleId of goneTitles) await features.delete(titleFeaturesKey(titleId));
}
