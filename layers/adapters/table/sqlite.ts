import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import type { Now } from '#domain/core/time.ts';
import type { ItemKey, PutOptions, Table, TableEntry } from '#ports/table.ts';
import { groupCommit } from '../batching/group-concurrent-requests.ts';
import { inlineWriter, type SqliteWriter } from '../sqlite/inline-and-threaded-writers.ts';
import { inTransaction, pathOf, withStorageErrors } from '../sqlite/open-sqlite-with-storage-errors.ts';

/**
 * Maximum number of characters of JSON per page. Reading them takes about a millisecond; longer queries yield to other
 * requests between pages.
 */
const PAGE_CHARACTERS = 2 ** 16;

interface Page {
  /** The sort keys as a JSON array. */
  readonly sks: string;
  /** The items as JSON, with commas between them. */
  readonly items: string;
}

/** Runs work and converts SQLite's errors. */
type Safely = <Result>(work: () => Result) => Result;

interface TableOptions {
  readonly now: Now;
  /** Writer for the same file. @default - this thread, with the same connection */
  readonly writer?: SqliteWriter;
  /**
   * Whether to store items in the tree of their keys. It makes writes of small items (some hundred bytes) faster.
   * @default false
   */
  readonly smallItems?: boolean;
}

/**
 * Returns a table in an open SQLite file. Only one process may use the file at a time (see folder-lock.ts).
 *
 * @param name name of the SQL table, letters and digits. Several tables may share one file
 */
export function sqliteTable(database: DatabaseSync, name: string, options: TableOptions): Table {
  const { now, writer = inlineWriter(database), smallItems = false } = options;
  const path = pathOf(database);
  const safely: Safely = (work) => withStorageErrors(work, path);
  const statements = safely(() => prepare(database, name, smallItems));
  const read = <Item>({ pk, sk }: ItemKey): Item | undefined => {
    const row = statements.get.get(pk, sk, now()) as { item: string } | undefined;
    return row && (JSON.parse(row.item) as Item);
  };
  const put = putInto(name);
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
          if (when !== undefined && !isMet(when, read(key))) return false;
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
      return readPages(limit, pageAfter, safely);
    },
    [Symbol.asyncDispose]: puts.idle,
  };
}

/**
 * Reads the rows of a query page by page and yields to other requests between pages. SQLite returns each page as one
 * string, which is twice as fast as returning row by row.
 *
 * @param pageAfter returns at most `rows` rows after a sort key, or the first rows
 */
async function readPages<Item>(limit: number, pageAfter: (rows: number, sk?: string) => Page, safely: Safely) {
  const found: { readonly sk: string; readonly item: Item }[] = [];
  // Reads one row first, to estimate the length of the others.
  let rows = 1;
  let characters = 0;
  while (found.length < limit) {
    const wanted = Math.min(rows, limit - found.length);
    const { sks, items } = safely(() => pageAfter(wanted, found.at(-1)?.sk));
    const keys = JSON.parse(sks) as string[];
    const parsed = JSON.parse(`[${items}]`) as Item[];
    for (const [i, sk] of keys.entries()) found.push({ sk, item: parsed[i] as Item });
    if (keys.length < wanted) break;
    rows = Math.max(1, Math.floor((PAGE_CHARACTERS / items.length) * keys.length));
    characters += items.length;
    if (characters < PAGE_CHARACTERS) continue;
    characters = 0;
    await turn();
  }
  return found;
}

const isMet = (
  when: NonNullable<PutOptions['when']>,
  current: Readonly<Record<string, unknown>> | undefined,
): boolean => (when === 'absent' ? current === undefined : current?.[when.field] === when.equals);

const putInto = (name: string) => `INSERT OR REPLACE INTO ${name} (pk, sk, item, expiresAt) VALUES (?, ?, ?, ?)`;

const rowOf = ({ key, item, expiresAt }: TableEntry) => [key.pk, key.sk, JSON.stringify(item), expiresAt ?? null];

/**
 * Creates the SQL table and prepares its statements. `WITHOUT ROWID` stores items in the tree of their keys. There, a
 * search reads every item on its path completely, which took 0.3 ms with items of a megabyte.
 */
function prepare(database: DatabaseSync, name: string, smallItems: boolean) {
  if (!/^[a-z][a-z0-9_]*$/i.test(name)) throw new RangeError(`${name} is not a valid table name`);
  // SQLite sorts text by its UTF-8 bytes, as the port requires.
  database.exec(
    `CREATE TABLE IF NOT EXISTS ${name} (
       pk TEXT NOT NULL, sk TEXT NOT NULL, item TEXT NOT NULL, expiresAt INTEGER, PRIMARY KEY (pk, sk)
     ) ${smallItems ? 'WITHOUT ROWID' : ''}`,
  );
  const isCurrent = '(expiresAt IS NULL OR expiresAt > ?)';
  // Each page starts after a sort key.
  const select = (after: '>' | '<', order: 'ASC' | 'DESC') =>
    database.prepare(
      `SELECT json_group_array(sk) AS sks, ifnull(group_concat(item, ','), '') AS items FROM (
         SELECT sk, item FROM ${name}
         WHERE pk = ? AND sk ${after} ? AND (? = '' OR substr(sk, 1, length(?)) = ?) AND ${isCurrent} ORDER BY sk ${order} LIMIT ?
       )`,
    );
  return {
    get: database.prepare(`SELECT item FROM ${name} WHERE pk = ? AND sk = ? AND ${isCurrent}`),
    delete: database.prepare(`DELETE FROM ${name} WHERE pk = ? AND sk = ?`),
    ascending: { after: select('>', 'ASC'), first: '' },
    // In SQLite's order, a blob comes after every text, even an empty blob.
    descending: { after: select('<', 'DESC'), first: new Uint8Array() },
  };
}
