import type { DatabaseSync } from 'node:sqlite';
import { partitionOf } from '#domain/core/partition-of.ts';
import { PARTITIONS } from '#domain/events/event-log-topics.ts';
import {
  type EventLog,
  type LogRecord,
  type NewRecord,
  type PartitionRange,
  type Position,
  REDACTED,
} from '#ports/event-log.ts';
import { groupCommit } from '../batching/group-concurrent-requests.ts';
import { inlineWriter, type SqliteWriter, threadedWriter } from '../sqlite/inline-and-threaded-writers.ts';
import { openSqlite, withStorageErrors } from '../sqlite/open-sqlite-with-storage-errors.ts';
import { OffsetOutOfRange } from './errors.ts';

/** A record in a batch's row. Its offset is the batch's first offset plus its index. */
type Stored = readonly [key: string, value: string, timestamp: number, headers: Readonly<Record<string, string>>];

interface Append {
  readonly topic: string;
  readonly records: readonly NewRecord[];
}

const INSERT = 'INSERT INTO batches (topic, partition, first, next, records) VALUES (?, ?, ?, ?, ?)';
const REWRITE = 'UPDATE batches SET records = ? WHERE topic = ? AND partition = ? AND first = ?';
const COMMIT = 'INSERT OR REPLACE INTO offsets (consumers, topic, partition, next) VALUES (?, ?, ?, ?)';
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS batches (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, first INTEGER NOT NULL, next INTEGER NOT NULL, records TEXT NOT NULL,
    PRIMARY KEY (topic, partition, first)
  );
  CREATE TABLE IF NOT EXISTS offsets (
    consumers TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (consumers, topic, partition)
  ) WITHOUT ROWID;`;

/**
 * Returns a durable log in one SQLite file, for learning and tests on one machine, in one process. A row contains a
 * complete batch. Concurrent appends share one commit, so one fsync serves many callers.
 *
 * @param path path of the file, or `:memory:`
 */
export function embeddedEventLog({ path, partitions = PARTITIONS }: { path: string; partitions?: number }): EventLog {
  const database = openSqlite(path);
  const safely = <Result>(work: () => Result) => withStorageErrors(work, path);
  const statements = safely(() => prepare(database));
  const writer = path === ':memory:' ? inlineWriter(database) : threadedWriter(path);
  const { append, endOf, idle } = appends(writer, statements, partitions);
  const range = (topic: string, partition: number): PartitionRange => ({
    partition,
    first: 0,
    next: safely(() => endOf(topic, partition)),
  });

  return {
    append,
    read: async (topic, from, limit) => {
      const stored = range(topic, from.partition);
      if (from.offset < stored.first || from.offset > stored.next) throw new OffsetOutOfRange(topic, from, stored);
      return safely(() => readFrom(statements, topic, from, limit));
    },
    partitions: async (topic) => Array.from({ length: partitions }, (_, partition) => range(topic, partition)),
    committed: async (group, topic) => {
      const rows = safely(() => statements.committed.all(group, topic)) as { partition: number; next: number }[];
      return new Map(rows.map(({ partition, next }) => [partition, next]));
    },
    commit: (group, topic, { partition, offset }) =>
      writer.write([{ sql: COMMIT, rows: [[group, topic, partition, offset]] }]),
    redact: async (topic, matches) => {
      await idle();
      const changed = safely(() => redacted(statements, topic, matches));
      await writer.write([{ sql: REWRITE, rows: changed.map(({ values }) => values) }]);
      return changed.reduce((sum, { records }) => sum + records, 0);
    },
    [Symbol.asyncDispose]: async () => {
      await idle();
      await writer[Symbol.asyncDispose]();
      database.close();
    },
  };
}

type Statements = ReturnType<typeof prepare>;

/**
 * Returns a function that commits concurrent appends in one transaction. The ends of partitions advance after the
 * commit.
 */
function appends(writer: SqliteWriter, statements: Statements, partitions: number) {
  const ends = new Map<string, number>();
  const endOf = (topic: string, partition: number): number => {
    const cached = ends.get(`${topic}/${partition}`);
    if (cached !== undefined) return cached;
    return (statements.end.get(topic, partition) as { next: number } | undefined)?.next ?? 0;
  };
  const group = groupCommit(async (requests: readonly Append[]) => {
    const { rows, positions } = layOut(requests, endOf, partitions);
    await writer.write([{ sql: INSERT, rows: rows.map(rowOf) }]);
    for (const row of rows) ends.set(`${row.topic}/${row.partition}`, row.first + row.records.length);
    return positions;
  });
  return { append: (topic: string, records: readonly NewRecord[]) => group.add({ topic, records }), endOf, ...group };
}

function prepare(database: DatabaseSync) {
  database.exec(SCHEMA);
  return {
    // Finds the last row by its key: max(next) would scan the complete log.
    end: database.prepare('SELECT next FROM batches WHERE topic = ? AND partition = ? ORDER BY first DESC LIMIT 1'),
    /** Selects the batch that contains the offset, and all later batches. */
    from: database.prepare(
      `SELECT first, records FROM batches WHERE topic = ?1 AND partition = ?2 AND first >= coalesce(
       (SELECT max(first) FROM batches WHERE topic = ?1 AND partition = ?2 AND first <= ?3), 0) ORDER BY first`,
    ),
    batches: database.prepare('SELECT partition, first, records FROM batches WHERE topic = ?'),
    committed: database.prepare('SELECT partition, next FROM offsets WHERE consumers = ? AND topic = ?'),
  };
}

interface Row {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly records: Stored[];
}

const rowOf = ({ topic, partition, first, records }: Row) => [
  topic,
  partition,
  first,
  first + records.length,
  JSON.stringify(records),
];

/** Returns one row per topic partition for a group of appends, and the positions of each caller's records. */
function layOut(
  group: readonly Append[],
  endOf: (topic: string, partition: number) => number,
  partitions: number,
): { rows: Row[]; positions: Position[][] } {
  const rows = new Map<string, Row>();
  const positions = group.map(({ topic, records }) =>
    records.map(({ key, value, timestamp, headers = {} }) => {
      const partition = partitionOf(key, partitions);
      const id = `${topic}/${partition}`;
      let row = rows.get(id);
      if (!row) {
        row = { topic, partition, first: endOf(topic, partition), records: [] };
        rows.set(id, row);
      }
      row.records.push([key, value, timestamp, headers]);
      return { partition, offset: row.first + row.records.length - 1 };
    }),
  );
  return { rows: [...rows.values()], positions };
}

function readFrom(statements: Statements, topic: string, from: Position, limit: number): LogRecord[] {
  const found: LogRecord[] = [];
  for (const row of statements.from.iterate(topic, from.partition, from.offset)) {
    const { first, records } = row as { first: number; records: string };
    for (const [i, [key, value, timestamp, headers]] of (JSON.parse(records) as Stored[]).entries()) {
      if (found.length === limit) return found;
      const offset = first + i;
      if (offset >= from.offset) found.push({ partition: from.partition, offset, key, value, timestamp, headers });
    }
    if (found.length >= limit) break;
  }
  return found;
}

/** Returns the new rows of all batches that contain matching records. */
function redacted(statements: Statements, topic: string, matches: (record: LogRecord) => boolean) {
  const changed: { records: number; values: (string | number)[] }[] = [];
  for (const row of statements.batches.iterate(topic)) {
    const { partition, first, records } = row as { partition: number; first: number; records: string };
    let count = 0;
    const rewritten = (JSON.parse(records) as Stored[]).map((stored, i): Stored => {
      const [key, value, timestamp, headers] = stored;
      if (!matches({ partition, offset: first + i, key, value, timestamp, headers })) return stored;
      count++;
      return ['', REDACTED, timestamp, {}];
    });
    if (count > 0) changed.push({ records: count, values: [JSON.stringify(rewritten), topic, partition, first] });
  }
  return changed;
}
