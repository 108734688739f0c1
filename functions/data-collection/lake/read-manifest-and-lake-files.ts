import { createHash } from 'node:crypto';
import { checksumOf } from '#adapters/duckdb/checksum-in-parquet-footer.ts';
import { type DuckDb, openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { type LakeManifest, lakeFileOf, type ManifestEntry, manifestKey } from '#domain/events/lake-file-keys.ts';
import type { ObjectStore, StoredObject } from '#ports/object-store.ts';
import { COLUMNS } from '../archive/lake-columns.ts';

type Lake = Pick<ObjectStore, 'get' | 'open'>;

/** A file of the lake, or its manifest, is incomplete or not in the expected format. */
export class DamagedLakeFile extends BrickError {
  override readonly code = 'BRICK_DAMAGED_LAKE_FILE';
  constructor(key: string, why: string, cause?: unknown) {
    super(
      {
        what: `${key} cannot be read`,
        why,
        fix: 'Use the event log to rewrite the day that this file belongs to: `agentbricks lake replay --from <day> --to <day>`',
      },
      { cause },
    );
  }
}

/** Reads a topic's manifest. @returns undefined before the first compaction. @throws DamagedLakeFile */
export async function readManifest(lake: Pick<ObjectStore, 'get'>, topic: string): Promise<LakeManifest | undefined> {
  const bytes = await lake.get(manifestKey(topic));
  if (!bytes) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as LakeManifest;
  } catch (error) {
    throw new DamagedLakeFile(manifestKey(topic), 'it is not the JSON that compaction writes', error);
  }
}

/**
 * Returns a manifest of the live files. Reads only files that the earlier manifest lacks or lists with another size.
 *
 * @param writtenAt UTC epoch ms
 * @throws DamagedLakeFile
 */
export async function manifestOf(
  lake: Lake,
  topic: string,
  live: readonly StoredObject[],
  earlier: LakeManifest | undefined,
  writtenAt: number,
): Promise<LakeManifest> {
  const known = new Map(earlier?.files.map((entry) => [entry.key, entry]));
  const files: ManifestEntry[] = [];
  for (const { key, size } of live) {
    const entry = known.get(key);
    files.push(entry?.bytes === size ? entry : await entryOf(lake, key));
  }
  return { topic, writtenAt, files };
}

/**
 * Reads a file and returns its manifest entry. The checksum in the footer shows damage anywhere in the file. A file without
 * one, which an earlier version wrote, is decoded completely.
 *
 * @throws DamagedLakeFile
 */
export async function entryOf(lake: Lake, key: string): Promise<ManifestEntry> {
  const bytes = await lake.get(key);
  if (!bytes) throw new DamagedLakeFile(key, 'it was deleted during the run');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const checksum = checkedChecksum(key, bytes);
  try {
    const [path = key] = await lake.open([key]);
    using database = await openDuckDb();
    if (checksum === 'absent') await decode(database, key, path);
    const [counted] = await database.rows<{ rows: bigint; from: bigint; to: bigint }>(
      `SELECT count(eventId) AS rows, min(ingestedAt) AS "from", max(ingestedAt) AS "to" FROM ${parquetRows([path])}`,
    );
    const { rows = 0n, from = 0n, to = 0n } = counted ?? {};
    return { key, bytes: bytes.length, rows: Number(rows), sha256, from: Number(from), to: Number(to) };
  } catch (error) {
    throw new DamagedLakeFile(
      key,
      `it is not a complete Parquet file of the lake: ${(error as Error).message.split('\n')[0]}`,
      error,
    );
  }
}

/** Checks the checksum of a file. @throws DamagedLakeFile if the file has changed since it was written */
export async function refuseChanged(lake: Pick<ObjectStore, 'get'>, key: string): Promise<void> {
  const bytes = await lake.get(key);
  if (bytes) checkedChecksum(key, bytes);
}

function checkedChecksum(key: string, bytes: Uint8Array): 'right' | 'absent' {
  const checksum = checksumOf(bytes);
  if (checksum === 'wrong') throw new DamagedLakeFile(key, 'its checksum is wrong: the file has changed on the disk');
  return checksum;
}

/** Reads every value of a file. @throws Error if a value, a statistic or a column's name cannot be right */
async function decode(database: DuckDb, key: string, path: string): Promise<void> {
  // The hash of whole rows makes DuckDB decode every column: it finds damage in a column that no query reads, too.
  await database.run(`SELECT bit_xor(hash(file)) FROM ${parquetRows([path])} AS file`);
  // Wrong statistics make these queries fail. Over many files, the error would name none.
  await contentOf([path]);
  await refuseUnknownColumns(database, key, path);
}

/** @throws Error if a file has a column that no version of the archiver wrote: the column's name is damaged */
async function refuseUnknownColumns(database: DuckDb, key: string, path: string): Promise<void> {
  const known = COLUMNS[lakeFileOf(key)?.topic ?? ''] ?? {};
  const columns = await database.rows<{ column_name: string }>(`DESCRIBE FROM ${parquetRows([path])}`);
  const unknown = columns.find(({ column_name }) => !Object.hasOwn(known, column_name));
  if (unknown) throw new Error(`the column ${unknown.column_name} is unknown`);
}

/** Partition → offsets. */
export type Offsets = ReadonlyMap<number, ReadonlySet<number>>;

/** Returns the offsets of Parquet files, their number of rows, and the number of rows that repeat an `eventId`. */
export async function contentOf(
  paths: readonly string[],
): Promise<{ offsets: Offsets; repeats: number; rows: number }> {
  if (paths.length === 0) return { offsets: new Map(), repeats: 0, rows: 0 };
  using database = await openDuckDb();
  const files = parquetRows(paths);
  const listed = await database.rows<{ partition: number; offsets: bigint[] }>(
    `SELECT partition, list("offset") AS offsets FROM ${files} GROUP BY partition`,
  );
  const [counted] = await database.rows<{ rows: bigint; ids: bigint }>(
    `SELECT count(*) AS rows, count(DISTINCT eventId) AS ids FROM ${files}`,
  );
  const offsets = new Map(listed.map((row) => [row.partition, new Set(row.offsets.map(Number))]));
  const distinct = [...offsets.values()].reduce((sum, { size }) => sum + size, 0);
  return { offsets, rows: Number(counted?.rows), repeats: distinct - Number(counted?.ids) };
}
