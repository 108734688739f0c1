import type { DuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';
import type { OffsetRange } from '#domain/models/pipeline-run-input-and-files.ts';

interface TopicFiles {
  /** SQL relation over a topic's files; undefined if there are none. */
  readonly events?: string;
  readonly exposures?: string;
}

/**
 * Returns the ranges of offsets of the records that were known at `asOf`. They do not depend on how compaction splits
 * the files.
 *
 * @param asOf UTC epoch ms
 */
export async function knownOffsets(
  database: Pick<DuckDb, 'rows'>,
  { events, exposures }: TopicFiles,
  asOf: number,
): Promise<OffsetRange[]> {
  return [
    ...(await rangesOf(database, EVENTS, events, asOf)),
    ...(await rangesOf(database, EXPOSURES, exposures, asOf)),
  ];
}

async function rangesOf(database: Pick<DuckDb, 'rows'>, topic: string, files: string | undefined, asOf: number) {
  if (!files) return [];
  const rows = await database.rows<Omit<OffsetRange, 'topic'>>(`
    SELECT partition::INTEGER AS partition, min("offset")::DOUBLE AS first, max("offset")::DOUBLE AS last,
      count(DISTINCT "offset")::DOUBLE AS records
    FROM ${files}
    WHERE ingestedAt <= ${asOf} GROUP BY partition ORDER BY partition`);
  return rows.map((row): OffsetRange => ({ topic, ...row }));
}
