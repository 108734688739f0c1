import { recordsOf } from '#adapters/event-log/read-all-records.ts';
import { DAY, dayOf } from '#domain/core/time.ts';
import { lakeKey, WHOLE_DAY } from '#domain/events/lake-file-keys.ts';
import { sortRecords } from '#domain/events/stored-records/separate-poison-records.ts';
import { type EventLog, REDACTED } from '#ports/event-log.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { COLUMNS } from '../archive/lake-columns.ts';
import { type ArchivedRow, archivedRow } from '../archive/log-record-to-lake-row.ts';
import { parquetOf } from '../archive/rows-to-parquet.ts';

export interface ReplayPorts {
  readonly eventLog: Pick<EventLog, 'read' | 'partitions'>;
  readonly lake: Pick<ObjectStore, 'put'>;
  readonly onFile?: (key: string, rows: number) => void;
  readonly signal?: AbortSignal;
}

/** A range of ingest days, YYYY-MM-DD, both inclusive. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

/**
 * Copies days of the log into the lake again: one file per partition and day, with all its records that the log still
 * has. The file replaces the file of the same name and supersedes the files that it covers, so repeated replays
 * duplicate nothing.
 *
 * @returns the number of records written. Unreadable records are skipped: they are dead letters already
 */
export async function replayDays(topic: string, { from, to }: Days, ports: ReplayPorts): Promise<number> {
  const days = openDays(topic, ports);
  for await (const record of recordsOf(ports.eventLog, topic)) {
    ports.signal?.throwIfAborted();
    const date = dayOf(record.timestamp);
    await days.before(date, record.partition);
    if (date >= from && date <= to && record.value !== REDACTED)
      days.add(date, sortRecords([record], archivedRow).rows);
  }
  await days.before(END_OF_TIME, 0);
  return days.written();
}

const END_OF_TIME = '9999-12-31';

/**
 * Groups a partition's rows by day, and writes a day when no more of its records can follow, because collectors' clocks
 * differ by less than a day.
 */
function openDays(topic: string, { lake, onFile }: ReplayPorts) {
  /** Day → rows. */
  const open = new Map<string, ArchivedRow[]>();
  let [partition, written] = [0, 0];
  const write = async (date: string, rows: readonly ArchivedRow[]) => {
    const [first, last] = [rows[0]?.offset ?? 0, rows.at(-1)?.offset ?? 0];
    const key = lakeKey({ topic, partition, date, hour: WHOLE_DAY, first, last });
    await lake.put(
      key,
      await parquetOf(
        rows.map(({ row }) => row),
        COLUMNS[topic] ?? {},
      ),
    );
    onFile?.(key, rows.length);
    written += rows.length;
  };
  return {
    add: (date: string, rows: readonly ArchivedRow[]) => {
      const known = open.get(date);
      if (known) known.push(...rows);
      else if (rows.length > 0) open.set(date, [...rows]);
    },
    /** Writes the days that are more than one day before `date`, or all days if another partition starts. */
    before: async (date: string, of: number) => {
      const oldest = date === END_OF_TIME || of !== partition ? END_OF_TIME : dayBefore(date);
      for (const [day, rows] of [...open]) {
        if (day >= oldest) continue;
        open.delete(day);
        await write(day, rows);
      }
      partition = of;
    },
    written: () => written,
  };
}

const dayBefore = (date: string): string => dayOf(Date.parse(date) - DAY);
