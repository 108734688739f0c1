import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { DAY, HOUR } from '#domain/core/time.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { COLUMNS } from '../../../functions/data-collection/archive/lake-columns.ts';

const START = Date.UTC(2026, 0, 1);
const LENGTH = 30 * DAY;
const TITLES = 5_000;
const EVENTS_PER_USER = 40;
const EVENTS_PER_FILE = 500_000;
const GENRES = ['Drama', 'Comedy', 'Crime', 'Action', 'Romance', 'Horror', 'Family', 'Western'];

const PURPOSES = ['kind', 'user', 'title', 'second', 'third', 'late', 'delay', 'again', 'stars'] as const;

/** Returns SQL for a number in [0, 1] that depends only on the event's number and the purpose. */
const draw = (purpose: (typeof PURPOSES)[number]) =>
  `(hash(i * ${PURPOSES.length} + ${PURPOSES.indexOf(purpose)}) / 18446744073709551616.0)`;

/**
 * Returns the SQL that generates one file of an event log. The log resembles a city's: a third of the events are plays,
 * a few titles and users occur very often, 2 % of the events arrive up to three days late, and 1 % are duplicates.
 */
const events = (from: number, to: number, all: number): string => {
  const users = Math.max(100, Math.round(all / EVENTS_PER_USER));
  const titleOf = (n: string) => `'t-' || (floor(${TITLES} * pow(${n}, 2.5))::BIGINT % ${TITLES})`;
  return `
  WITH raw AS (
    SELECT i, CASE WHEN i < ${TITLES} THEN -1 ELSE ${draw('kind')} END AS kind,
      ${START} + (i * ${LENGTH / all})::BIGINT AS occurredAt, ${draw('late')} AS late,
      floor(${users} * pow(${draw('user')}, 1.7))::BIGINT AS who, ${draw('title')} AS which
    FROM range(${from}, ${to}) AS r(i)),
  timed AS (
    SELECT *, occurredAt + 20 + CASE WHEN late < 0.02 THEN (${draw('delay')} * ${3 * DAY})::BIGINT ELSE 0 END AS ingestedAt,
      CASE WHEN kind < 0 THEN 'title' WHEN kind < 0.33 THEN 'play' WHEN kind < 0.55 THEN 'click' WHEN kind < 0.73 THEN 'impression'
        WHEN kind < 0.86 THEN 'rate' WHEN kind < 0.96 THEN 'search' ELSE 'signup' END AS type FROM raw)
  SELECT 'e-' || (CASE WHEN ${draw('again')} < 0.01 AND kind >= 0 THEN greatest(i - 1, ${TITLES}) ELSE i END) AS eventId, type,
    CASE WHEN type = 'title' THEN NULL ELSE 'u-' || who END AS userId,
    CASE WHEN type = 'title' THEN 't-' || i WHEN type IN ('play', 'rate', 'click') THEN ${titleOf('which')} END AS titleId,
    CASE WHEN type IN ('impression', 'click') THEN 'r-' || who || '-' || (i // 50) END AS requestId, 's-' || who || '-' || (i // 100) AS sessionId,
    CASE WHEN type = 'title' THEN ${START} - ${DAY} ELSE occurredAt END AS occurredAt, occurredAt AS sentAt, ingestedAt,
    CASE WHEN type = 'rate' THEN 0.5 + floor(${draw('stars')} * 10) / 2 END AS rating, CASE WHEN type = 'play' THEN 60.0 END AS watchedSeconds,
    CASE WHEN type = 'signup' THEN ['SE', 'NO', 'DE', 'FR'][1 + i % 4] END AS country, NULL AS device, NULL AS query,
    CASE WHEN type = 'title' THEN 'Film ' || i END AS name,
    CASE WHEN type = 'title' THEN ${`[${GENRES.map(sqlText).join(', ')}]`}[1 + i % 6 : 1 + i % 6 + i % 3] END AS genres,
    CASE WHEN type = 'title' THEN ${START} - (i * ${DAY})::BIGINT END AS releasedAt,
    CASE WHEN type = 'impression' THEN list_distinct([${titleOf('which')}, ${titleOf(draw('second'))}, ${titleOf(draw('third'))}]) END AS titleIds,
    (hash(who) % 3)::INTEGER AS partition, i AS "offset", NULL AS correlationId
  FROM timed`;
};

/** Writes a deterministic lake of `all` events in our schema. @returns a SQL relation over its files */
export async function generateLake(connection: DuckDBConnection, folder: string, all: number): Promise<string> {
  const columns = Object.entries(COLUMNS[EVENTS] ?? {}).map(([name, type]) => `NULL::${type} AS "${name}"`);
  const schema = `SELECT ${columns.join(', ')} WHERE false`;
  const files: string[] = [];
  for (let from = 0; from < all; from += EVENTS_PER_FILE) {
    const to = Math.min(all, from + EVENTS_PER_FILE);
    const hour = new Date(START + (from * LENGTH) / all).toISOString().slice(0, 13).split('T');
    const into = join(folder, EVENTS, `date=${hour[0]}`, `hour=${hour[1]}`);
    mkdirSync(into, { recursive: true });
    const file = join(into, `${EVENTS}-0-${from}-${to - 1}.parquet`);
    await connection.run(
      `COPY (${schema} UNION ALL BY NAME (${events(from, to, all)})) TO ${sqlText(file)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    files.push(file);
  }
  return parquetRows(files);
}

/** Time by which all events have been ingested, UTC epoch milliseconds. */
export const EVERYTHING_KNOWN = START + LENGTH + 4 * DAY + HOUR;
