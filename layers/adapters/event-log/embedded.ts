import type { DatabaseSync } from 'node:sqlite';
import { partitionOf } from '#domain/partition.ts';
import { PARTITIONS } from '#domain/topics.ts';
import type { EventLog, LogRecord, NewRecord, PartitionRange, Position } from '#ports/event-log.ts';
import { inTransaction, openSqlite, storageErrors } from '../sqlite.ts';
import { OffsetOutOfRange } from './errors.ts';

/** What a batch's row holds of each record; the offset follows from its place. */
type Stored = readonly [key: string, value: string, timestamp: number, headers: Readonly<Record<string, string>>];

interface Pending {
  readonly topic: string;
  readonly records: readonly NewRecord[];
  readonly resolve: (positions: readonly Position[]) => void;
  readonly reject: (error: unknown) => void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS batches (
    topic TEXT NOT NULL, partition INTEGER NOT NULL, first INTEGER NOT NULL, next INTEGER NOT NULL, records TEXT NOT NULL,
    PRIMARY KEY (topic, partition, first)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS offsets (
    consumers TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (consumers, topic, partition)
  ) WITHOUT ROWID;`;

/**
 * A durable log in one SQLite file, for learning and tests: one machine, one process. One row holds a whole batch, and
 * appends that wait at the same time share one commit, so that one fsync serves many callers.
 *
 * @param path the file, or `:memory:`
 */
export function embeddedEventLog({ path, partitions = PARTITIONS }: { path: string; partitions?: number }): EventLog {
  const database = openSqlite(path);
  database.exec(SCHEMA);
  const statements = prepare(database);
  const { append, flush, endOf } = groupCommit(database, statements, partitions);
  const range = (topic: string, partition: number): PartitionRange => ({
    partition,
    first: 0,
    next: endOf(topic, partition),
  });

  return {
    append,
    read: async (topic, from, limit) => {
      const kept = range(topic, from.partition);
      if (from.offset < kept.first || from.offset > kept.next) throw new OffsetOutOfRange(topic, from, kept);
      return readFrom(statements, topic, from, limit);
    },
    partitions: async (topic) => Array.from({ length: partitions }, (_, partition) => range(topic, partition)),
    committed: async (group, topic) => {
      const rows = statements.committed.all(group, topic) as { partition: number; next: number }[];
      return new Map(rows.map(({ partition, next }) => [partition, next]));
    },
    commit: async (group, topic, next) =>
      storageErrors(() => void statements.commit.run(group, topic, next.partition, next.offset)),
    [Symbol.asyncDispose]: async () => {
      flush();
      database.close();
    },
  };
}

type Statements = ReturnType<typeof prepare>;

/** Collects the appends of one turn of the event loop and writes them in one transaction. */
function groupCommit(database: DatabaseSync, statements: Statements, partitions: number) {
  const ends = new Map<string, number>();
  let waiting: Pending[] = [];
  const endOf = (topic: string, partition: number): number => {
    const known = ends.get(`${topic}/${partition}`);
    if (known !== undefined) return known;
    return (statements.end.get(topic, partition) as { next: number } | undefined)?.next ?? 0;
  };
  const flush = () => {
    const group = waiting;
    waiting = [];
    if (group.length === 0) return;
    try {
      const all = () => appendAll(group, { statements, endOf, ends, partitions });
      const positions = storageErrors(() => inTransaction(database, all));
      group.forEach(({ resolve }, i) => void resolve(positions[i] ?? []));
    } catch (error) {
      // What was not committed must not move the ends.
      ends.clear();
      for (const { reject } of group) reject(error);
    }
  };
  const append = (topic: string, records: readonly NewRecord[]) =>
    new Promise<readonly Position[]>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ topic, records, resolve, reject });
    });
  return { append, flush, endOf };
}

const prepare = (database: DatabaseSync) => ({
  insert: database.prepare('INSERT INTO batches (topic, partition, first, next, records) VALUES (?, ?, ?, ?, ?)'),
  // The last row by its key: max(next) would read the whole log.
  end: database.prepare('SELECT next FROM batches WHERE topic = ? AND partition = ? ORDER BY first DESC LIMIT 1'),
  /** The batch that holds the offset, and those after it. */
  from: database.prepare(
    `SELECT first, records FROM batches WHERE topic = ?1 AND partition = ?2 AND first >= coalesce(
       (SELECT max(first) FROM batches WHERE topic = ?1 AND partition = ?2 AND first <= ?3), 0) ORDER BY first`,
  ),
  committed: database.prepare('SELECT partition, next FROM offsets WHERE consumers = ? AND topic = ?'),
  commit: database.prepare('INSERT OR REPLACE INTO offsets (consumers, topic, partition, next) VALUES (?, ?, ?, ?)'),
});

interface Appending {
  readonly statements: Statements;
  readonly endOf: (topic: string, partition: number) => number;
  readonly ends: Map<string, number>;
  readonly partitions: number;
}

/** Writes one row per topic partition for the whole group. @returns the positions of each caller's records */
function appendAll(group: readonly Pending[], { statements, endOf, ends, partitions }: Appending): Position[][] {
  const rows = new Map<string, { topic: string; partition: number; first: number; records: Stored[] }>();
  const positions = group.map(({ topic, records }) =>
    records.map(({ key, value, timestamp, headers = {} }) => {
      const partition = partitionOf(key, partitions);
      const id = `${topic}/${partition}`;
      const row = rows.get(id) ?? { topic, partition, first: endOf(topic, partition), records: [] };
      rows.set(id, row);
      row.records.push([key, value, timestamp, headers]);
      return { partition, offset: row.first + row.records.length - 1 };
    }),
  );
  for (const [id, { topic, partition, first, records }] of rows) {
    const next = first + records.length;
    statements.insert.run(topic, partition, first, next, JSON.stringify(records));
    ends.set(id, next);
  }
  return positions;
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
