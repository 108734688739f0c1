import { openDuckDb, sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { dayAndHour, lakeFileOf, lakeKey, WHOLE_DAY } from '#domain/events/lake-file-keys.ts';
import { liveFiles } from '#domain/events/live-files.ts';
import type { OffsetRange } from '#domain/models/pipeline-run-input-and-files.ts';
import type { ObjectStore } from '#ports/object-store.ts';

type Lake = Pick<ObjectStore, 'list' | 'open'>;

/** One event, with its position in events.v1. */
export interface KnownEvent {
  readonly eventId: string;
  readonly type: string;
  readonly userId: string | null;
  readonly occurredAt: number;
  readonly partition: number;
  readonly offset: number;
}
/** Plays and ratings of one title. */
export interface TitleEvents {
  readonly count: number;
  /** The latest events, newest first. */
  readonly latest: readonly KnownEvent[];
}

/** Number of events in `latest`. */
const LATEST = 3;

/** A range of offsets in a topic, or the complete topic. */
type Range = Pick<OffsetRange, 'topic'> & Partial<OffsetRange>;

/**
 * Returns the keys of the live files that may contain records of these ranges.
 *
 * @param asOf limit of `ingestedAt`, UTC epoch milliseconds. @default - none
 */
export async function filesCovering(lake: Lake, ranges: readonly Range[], asOf?: number): Promise<string[]> {
  const until = asOf === undefined ? undefined : dayAndHour(asOf);
  const topics = [...new Set(ranges.map(({ topic }) => topic))];
  const listed = (await Promise.all(topics.map((topic) => lake.list(`lake/${topic}/`)))).flat();
  return liveFiles(listed.map(({ key }) => lakeFileOf(key)).filter((file) => !!file))
    .filter(({ date, hour }) => !until || date < until.date || (date === until.date && isBy(hour, until.hour)))
    .filter((file) =>
      ranges.some(
        ({ topic, partition = file.partition, first = 0, last = Number.POSITIVE_INFINITY }) =>
          topic === file.topic && partition === file.partition && file.first <= last && file.last >= first,
      ),
    )
    .map(lakeKey);
}

const isBy = (hour: string, last: string) => hour === WHOLE_DAY || hour <= last;

export const fileList = async (lake: Pick<Lake, 'open'>, keys: readonly string[]): Promise<string> =>
  parquetRows(await lake.open(keys));

/** Returns the plays and ratings of each title that had been ingested at `asOf`. Duplicates of an event are ignored. */
export async function titleEvents(
  lake: Lake,
  titleIds: readonly string[],
  asOf: number,
): Promise<Map<string, TitleEvents>> {
  const keys = await filesCovering(lake, [{ topic: EVENTS }], asOf);
  if (keys.length === 0 || titleIds.length === 0) return new Map();
  using database = await openDuckDb();
  const rows = await database.rows<KnownEvent & { titleId: string; count: number }>(`
    WITH known AS (
      SELECT titleId, eventId, type, userId, occurredAt, partition, "offset" FROM ${await fileList(lake, keys)}
      WHERE titleId IN (${titleIds.map(sqlText).join(', ')}) AND type IN ('play', 'rate')
        AND ingestedAt <= ${asOf} AND occurredAt < ${asOf}
      QUALIFY row_number() OVER (PARTITION BY eventId ORDER BY partition, "offset") = 1)
    SELECT titleId, eventId, type, userId, occurredAt::DOUBLE AS occurredAt, partition::INTEGER AS partition,
      "offset"::DOUBLE AS "offset", (count(*) OVER (PARTITION BY titleId))::DOUBLE AS count
    FROM known
    QUALIFY row_number() OVER (PARTITION BY titleId ORDER BY occurredAt DESC, eventId) <= ${LATEST}
    ORDER BY titleId, occurredAt DESC, eventId`);
  return new Map(
    [...Map.groupBy(rows, ({ titleId }) => titleId)].map(([titleId, found]) => [
      titleId,
      { count: found[0]?.count ?? 0, latest: found.map(({ titleId: _, count, ...event }) => event) },
    ]),
  );
}
