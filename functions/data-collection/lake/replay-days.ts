import { recordsOf } from '#adapters/event-log/read-records.ts';
import { DAY, dayOf } from '#domain/core/time.ts';
import { lakeKey, WHOLE_DAY } from '#domain/events/lake-files.ts';
import { type EventLog, REDACTED } from '#ports/event-log.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { type ArchivedRow, readable } from '../archive/archived-rows.ts';
import { COLUMNS } from '../archive/lake-columns.ts';
import { parquetOf } from '../archive/parquet-file.ts';

export interface ReplayPorts {
  readonly eventLog: Pick<EventLog, 'read' | 'partitions'>;
  readonly lake: Pick<ObjectStore, 'put'>;
  readonly onFile?: (key: string, rows: number) => void;
  readonly signal?: AbortSignal;
}

/** Days of ingest, YYYY-MM-DD, both inclusive. */
export interface Days {
  readonly from: string;
  readonly to: string;
}

/**
 * Log → lake again: a file for each partition and day that holds all the log still has of it. It takes the place of the
 * file of the same name, and of what it covers; nothing is there twice, however often it is done.
 *
 * @returns records written; those that cannot be read are dead letters already, and left out
 */
export async function replayDays(topic: string, { from, to }: Days, ports: ReplayPorts): Promise<number> {
  const days = openDays(topic, ports);
  for await (const record of recordsOf(ports.eventLog, topic)) {
    ports.signal?.throwIfAborted();
    const date = dayOf(record.timestamp);
    await days.before(date, record.partition);
    if (date >= from && date <= to && record.value !== REDACTED) days.add(date, readable({ records: [record] }).rows);
  }
  await days.before(END_OF_TIME, 0);
  return days.written();
}

const END_OF_TIME = '9999-12-31';

/** Rows of a partition by day, until no more of that day can come: clocks of collectors differ by less than a day. */
function openDays(topic: string, { lake, onFile }: ReplayPorts) {
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
    /** Writes the days that lie more than one before `date`; all of them when another partition begins. */
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
