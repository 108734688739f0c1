import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DamagedParquet, type DuckDb, interruptQueries, openDuckDb, sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { jsonRows, parquetRows, tabSeparatedRows } from '#adapters/duckdb/sql-relations-over-files.ts';

/** Folders whose names DuckDB would interpret as columns or patterns. */
const FOLDERS = [
  'plain',
  'rating=3',
  'userId=zed/type=baseline',
  'country=SE/name=exp1',
  'date=2020-01-01',
  'any*',
  '**',
  'one?',
  '[ab]',
  '[!a]',
  'open[',
  '{a,b}',
  "it's",
  'two words',
  'back\\slash',
  '~',
  'x%3Dy',
];
const COLUMNS = { userId: 'VARCHAR', type: 'VARCHAR', rating: 'DOUBLE', country: 'VARCHAR' };
const ROW = { userId: 'ann', type: 'rate', rating: 4.5, country: 'NO' };
/** Names that the patterns above would match. */
const DECOYS = ['anyone', 'ones', 'a', 'b', 'open'];

let root: string;
let database: DuckDb;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'agentbricks-files-'));
  database = await openDuckDb();
  for (const folder of [...FOLDERS, ...DECOYS]) {
    const into = join(root, folder);
    mkdirSync(into, { recursive: true });
    const row = DECOYS.includes(folder) ? { ...ROW, userId: 'a decoy' } : ROW;
    writeFileSync(join(into, 'rows.tsv'), `${Object.values(row).join('\t')}\n`);
    writeFileSync(join(into, 'rows.ndjson'), `${JSON.stringify(row)}\n`);
    const values = Object.entries(row).map(([name, value]) => `${sqlText(String(value))} AS ${name}`);
    const parquet = sqlText(join(into, 'rows.parquet'));
    await database.run(`COPY (SELECT * REPLACE (rating::DOUBLE AS rating) FROM (SELECT ${values})) TO ${parquet}`);
  }
});
afterAll(() => {
  database[Symbol.dispose]();
  rmSync(root, { recursive: true });
});

describe('files that DuckDB reads', () => {
  it.each(FOLDERS)('yield exactly their own rows in the folder %s', async (folder) => {
    const file = (name: string) => join(root, folder, name);
    const relations = [
      parquetRows([file('rows.parquet')]),
      tabSeparatedRows(file('rows.tsv'), COLUMNS),
      jsonRows(file('rows.ndjson'), COLUMNS),
    ];
    for (const relation of relations) expect(await database.rows(`FROM ${relation}`), relation).toEqual([ROW]);
  });

  it('may have different columns, and a column that a file lacks is null in its rows', async () => {
    const older = join(root, 'older.parquet');
    await database.run(`COPY (SELECT 'bob' AS userId) TO ${sqlText(older)}`);
    const rows = await database.rows(`FROM ${parquetRows([join(root, 'plain/rows.parquet'), older])}`);
    expect(rows).toEqual([ROW, { userId: 'bob', type: null, rating: null, country: null }]);
  });

  it('are named in the error if one is damaged, regardless of its path', async () => {
    const damaged = join(root, "it's", 'damaged.parquet');
    writeFileSync(damaged, 'not Parquet, but long enough');
    const failed = database.rows(`FROM ${parquetRows([damaged])}`);
    await expect(failed).rejects.toThrow(DamagedParquet);
    await expect(failed).rejects.toThrow(damaged);
  });
});

describe('a long query', () => {
  it('ends soon after an interruption, and later connections work', async () => {
    using database = await openDuckDb();
    const query = database.rows('SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b');
    await sleep(200);
    interruptQueries();
    await expect(query).rejects.toMatchObject({ code: 'BRICK_QUERIES_INTERRUPTED' });
    await expect(database.run('SELECT 1')).rejects.toMatchObject({ code: 'BRICK_QUERIES_INTERRUPTED' });
    using other = await openDuckDb();
    expect(await other.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});
