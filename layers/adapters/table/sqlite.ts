import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import type { Now } from '#domain/core/time.ts';
import type { ItemKey, PutOptions, Table, TableEntry } from '#ports/table.ts';
import { groupCommit } from '../batching/group-commit.ts';
import { inTransaction, pathOf, storageErrors } from '../sqlite/sqlite.ts';
import { inlineWriter, type SqliteWriter } from '../sqlite/threaded-writer.ts';

/** Characters of JSON that are read in a millisecond or so: whoever asks for more lets others have a turn in between. */
const MUCH = 2 ** 16;

interface Page {
  /** JSON of the sort keys. */
  readonly sks: string;
  /** JSON of the items, with commas between them. */
  readonly items: string;
}

type Safely = <Result>(work: () => Result) => Result;

interface TableOptions {
  readonly now: Now;
  /** Writes to the same file. @default - this thread does, on the same connection */
  readonly writer?: SqliteWriter;
  /** Items of some hundred bytes: they are kept in the key's own tree, which is written faster. @default false */
  readonly smallItems?: boolean;
}

/**
 * A table in an open SQLite file, one SQL table per name. For one machine: a second process may not open the file
 * (see lock.ts).
 *
 * @param name letters and digits; several tables share one file
 */
export function sqliteTable(database: DatabaseSync, name: string, options: TableOptions): Table {
  const { now, writer = inlineWriter(database), smallItems = false } = options;
  const path = pathOf(database);
  const safely: Safely = (work) => storageErrors(work, path);
  const statements = safely(() => prepare(database, name, smallItems));
  const rowAt = ({ pk, sk }: ItemKey) => statements.get.get(pk, sk, now()) as { item: string } | undefined;
  const read = <Item>(key: ItemKey): Item | undefined => {
    const row = rowAt(key);
    return row && (JSON.parse(row.item) as Item);
  };
  const put = putInto(name);
  const holds = (key: ItemKey, when: PutOptions['when']) => {
    if (when === undefined) return true;
    const current = read<Record<string, unknown>>(key);
    return when === 'absent' ? current === undefined : current?.[when.field] === when.equals;
  };
  const puts = groupCommit(async (groups: readonly (readonly TableEntry[])[]) => {
    await writer.write([{ sql: put, rows: groups.flatMap((entries) => entries.map(rowOf)) }]);
    return groups.map(() => undefined);
  });
  return {
    get: async <Item>(key: ItemKey) => safely(() => read<Item>(key)),
    getMany: async <Item>(keys: readonly ItemKey[]) => safely(() => keys.map((key) => read<Item>(key))),
    put: async (key, item, { when, expiresAt } = {}) =>
      safely(() =>
        inTransaction(database, () => {
          if (!holds(key, when)) return false;
          database.prepare(put).run(...rowOf({ key, item, expiresAt }));
          return true;
        }),
      ),
    putMany: async (entries) => puts.add(entries),
    delete: async ({ pk, sk }) => safely(() => void statements.delete.run(pk, sk)),
    query: (pk, { prefix = '', limit = Number.POSITIVE_INFINITY, descending = false } = {}) => {
      const { after, first } = statements[descending ? 'descending' : 'ascending'];
      const pageAfter = (rows: number, sk = first) =>
        after.get(pk, sk, prefix, prefix, prefix, now(), rows) as unknown as Page;
      return inTurns(limit, pageAfter, safely);
    },
    [Symbol.asyncDispose]: puts.idle,
  };
}

/**
 * Reads rows by the page, as SQLite has put them together: to be handed each by itself takes twice as long. Where there are many
 * pages, others have a turn in between.
 *
 * @param pageAfter at most so many rows behind a sort key, or of all: nothing is left open meanwhile
 */
async function inTurns<Item>(limit: number, pageAfter: (rows: number, sk?: string) => Page, safely: Safely) {
  const found: { readonly sk: string; readonly item: Item }[] = [];
  // The first row says how long the others may be.
  let rows = 1;
  let characters = 0;
  while (found.length < limit) {
    const wanted = Math.min(rows, limit - found.length);
    const { sks, items } = safely(() => pageAfter(wanted, found.at(-1)?.sk));
    const keys = JSON.parse(sks) as string[];
    const parsed = JSON.parse(`[${items}]`) as Item[];
    for (const [i, sk] of keys.entries()) found.push({ sk, item: parsed[i] as Item });
    if (keys.length < wanted) break;
    rows = Math.max(1, Math.floor((MUCH / items.length) * keys.length));
    characters += items.length;
    if (characters < MUCH) continue;
    characters = 0;
    await turn();
  }
  return found;
}

const putInto = (name: string) => `INSERT OR REPLACE INTO ${name} (pk, sk, item, expiresAt) VALUES (?, ?, ?, ?)`;

const rowOf = ({ key, item, expiresAt }: TableEntry) => [key.pk, key.sk, JSON.stringify(item), expiresAt ?? null];

/** In a tree that holds items beside their keys, a search reads each item that it passes whole, were it a megabyte: 0.3 ms were seen. */
function prepare(database: DatabaseSync, name: string, smallItems: boolean) {
  if (!/^[a-z][a-z0-9_]*$/i.test(name)) throw new RangeError(`not a table name: ${name}`);
  // SQLite compares text by its UTF-8 bytes, which is the order the port promises.
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${name} (
       pk TEXT NOT NULL, sk TEXT NOT NULL, item TEXT NOT NULL, expiresAt INTEGER, PRIMARY KEY (pk, sk)
     ) ${smallItems ? 'WITHOUT ROWID' : ''}`,
  );
  const alive = '(expiresAt IS NULL OR expiresAt > ?)';
  // Each query goes on after a key.
  const select = (after: '>' | '<', order: 'ASC' | 'DESC') =>
    database.prepare(
      `SELECT json_group_array(sk) AS sks, ifnull(group_concat(item, ','), '') AS items FROM (
         SELECT sk, item FROM ${name}
         WHERE pk = ? AND sk ${after} ? AND (? = '' OR substr(sk, 1, length(?)) = ?) AND ${alive} ORDER BY sk ${order} LIMIT ?
       )`,
    );
  return {
    get: database.prepare(`SELECT item FROM ${name} WHERE pk = ? AND sk = ? AND ${alive}`),
    delete: database.prepare(`DELETE FROM ${name} WHERE pk = ? AND sk = ?`),
    ascending: { after: select('>', 'ASC'), first: '' },
    // To SQLite bytes, be they none, come after every text.
    descending: { after: select('<', 'DESC'), first: new Uint8Array() },
  };
}
