import type { DatabaseSync } from 'node:sqlite';
import type { Now } from '#domain/time.ts';
import type { ItemKey, PutOptions, Table, TableEntry } from '#ports/table.ts';
import { inTransaction, storageErrors } from '../sqlite.ts';

interface Row {
  readonly sk: string;
  readonly item: string;
}

/**
 * A table in an open SQLite file, one SQL table per name. For one machine: a second process may not open the file
 * (see lock.ts).
 *
 * @param name letters and digits; several tables share one file
 */
export function sqliteTable(database: DatabaseSync, name: string, { now }: { readonly now: Now }): Table {
  const statements = prepare(database, name);
  const read = <Item>({ pk, sk }: ItemKey): Item | undefined => {
    const row = statements.get.get(pk, sk, now()) as { item: string } | undefined;
    return row && (JSON.parse(row.item) as Item);
  };
  const write = ({ key, item, expiresAt }: TableEntry) =>
    statements.put.run(key.pk, key.sk, JSON.stringify(item), expiresAt ?? null);
  const holds = (key: ItemKey, when: PutOptions['when']) => {
    if (when === undefined) return true;
    const current = read<Record<string, unknown>>(key);
    return when === 'absent' ? current === undefined : current?.[when.field] === when.equals;
  };
  const puts = groupCommit(database, write);
  return {
    get: async (key) => read(key),
    getMany: async <Item>(keys: readonly ItemKey[]) => keys.map((key) => read<Item>(key)),
    put: async (key, item, { when, expiresAt } = {}) =>
      storageErrors(() =>
        inTransaction(database, () => {
          if (!holds(key, when)) return false;
          write({ key, item, expiresAt });
          return true;
        }),
      ),
    putMany: puts.add,
    delete: async ({ pk, sk }) => storageErrors(() => void statements.delete.run(pk, sk)),
    query: async <Item>(pk: string, { prefix = '', limit = -1, descending = false } = {}) => {
      const query = descending ? statements.descending : statements.ascending;
      const rows = query.all(pk, prefix, prefix, now(), limit) as unknown as Row[];
      return rows.map(({ sk, item }) => ({ sk, item: JSON.parse(item) as Item }));
    },
    [Symbol.asyncDispose]: async () => puts.flush(),
  };
}

interface Pending {
  readonly entries: readonly TableEntry[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Collects the writes of one turn of the event loop in one transaction, so that one fsync serves many callers. */
function groupCommit(database: DatabaseSync, write: (entry: TableEntry) => unknown) {
  let waiting: Pending[] = [];
  const flush = () => {
    const group = waiting;
    waiting = [];
    if (group.length === 0) return;
    try {
      storageErrors(() => inTransaction(database, () => group.forEach(({ entries }) => void entries.forEach(write))));
      for (const { resolve } of group) resolve();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  };
  const add = (entries: readonly TableEntry[]) =>
    new Promise<void>((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({ entries, resolve, reject });
    });
  return { add, flush };
}

function prepare(database: DatabaseSync, name: string) {
  if (!/^[a-z][a-z0-9_]*$/i.test(name)) throw new RangeError(`not a table name: ${name}`);
  // SQLite compares text by its UTF-8 bytes, which is the order the port promises.
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${name} (
       pk TEXT NOT NULL, sk TEXT NOT NULL, item TEXT NOT NULL, expiresAt INTEGER, PRIMARY KEY (pk, sk)
     ) WITHOUT ROWID`,
  );
  const alive = '(expiresAt IS NULL OR expiresAt > ?)';
  const select = `SELECT sk, item FROM ${name} WHERE pk = ? AND substr(sk, 1, length(?)) = ? AND ${alive} ORDER BY sk`;
  return {
    get: database.prepare(`SELECT item FROM ${name} WHERE pk = ? AND sk = ? AND ${alive}`),
    put: database.prepare(`INSERT OR REPLACE INTO ${name} (pk, sk, item, expiresAt) VALUES (?, ?, ?, ?)`),
    delete: database.prepare(`DELETE FROM ${name} WHERE pk = ? AND sk = ?`),
    ascending: database.prepare(`${select} ASC LIMIT ?`),
    descending: database.prepare(`${select} DESC LIMIT ?`),
  };
}
