import type { DuckDb } from '#adapters/duckdb/duckdb.ts';
import { EVENTS, EXPOSURES } from '#domain/events/topics.ts';
import type { OffsetRange } from '#domain/models/pipeline-run.ts';

interface TopicFiles {
  /** SQL relations over a topic's files; undefined where there are none. */
  readonly events?: string;
  readonly exposures?: string;
}

/** Which records of the log were known at `asOf`: what data of that time were made from. The same wherever the files are cut. */
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
