import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statementsFor, textTable } from '../../../../stories/academy/runners/sql/create-and-format-tables.ts';
import { placeOf } from '../../../../stories/academy/runners/sql/explain-query-failure.ts';
import { readMessage } from '../../../../stories/academy/runners/sql/read-message.ts';
import { QUERY_LIMITS, type QueryLimits, runQuery } from '../../../../stories/academy/runners/sql/run-query.ts';
import { type QueryCase, sqlCheckpoint } from '../../../../stories/academy/runners/sql/sql-checkpoint.ts';
import { allLevels } from '../../confinement/find-available-levels.ts';

/** Milliseconds for one query on a busy machine. */
const timeout = 90_000;
const numbers = {
  name: 'numbers',
  columns: { n: 'BIGINT', word: 'VARCHAR' },
  rows: [
    [2, "it's"],
    [1, null],
  ],
} as const;
const setups = [statementsFor(numbers)];

const run = (sql: string, limits: Partial<QueryLimits> = {}) =>
  runQuery({ sql, setups }, { ...QUERY_LIMITS, ...limits });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-sql-'));
  writeFileSync(join(folder, 'secret.csv'), 'a,b\n1,2\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a query', { timeout }, () => {
  it('runs once for each setup, which it cannot see of one another', async () => {
    const other = statementsFor({ ...numbers, rows: [[7, 'x']] });
    const { outcomes, ending } = await runQuery({
      sql: 'SELECT n, word FROM numbers ORDER BY n',
      setups: [...setups, other],
    });
    expect(ending).toBeUndefined();
    expect(outcomes.map((outcome) => outcome.kind === 'rows' && outcome.rows)).toEqual([
      [
        ['1', null],
        ['2', "it's"],
      ],
      [['7', 'x']],
    ]);
  });

  it('may begin with FROM, WITH and a comment', async () => {
    for (const sql of ['FROM numbers', '-- why\nWITH a AS (FROM numbers) SELECT * FROM a -- end', 'VALUES (1)']) {
      expect((await run(sql)).outcomes).toMatchObject([{ kind: 'rows' }]);
    }
  });

  it('reports the type and the position of an error in bytes', async () => {
    const { outcomes } = await run("SELECT 'é',\n  missing\nFROM numbers");
    expect(outcomes).toMatchObject([{ kind: 'error', error: { type: 'Binder', position: 15 } }]);
    expect(placeOf("SELECT 'é',\n  missing\nFROM numbers", 15)).toEqual({ line: 2, column: 3 });
  });

  it('is rejected unless it is one SELECT that can stand in parentheses', async () => {
    const why = async (sql: string) => {
      const { ending } = await run(sql);
      return ending?.kind === 'rejected' ? ending.rejection.why : 'accepted';
    };
    expect(await why('')).toBe('empty');
    expect(await why('SELECT 1; SELECT 2')).toBe('several');
    expect(await why('SELECT 1;')).toBe('not-in-parentheses');
    expect(await why('SELECT 1) UNION (SELECT 2')).toBe('syntax');
    for (const sql of NOT_SELECTS) expect({ sql, why: await why(sql) }).toEqual({ sql, why: 'not-a-select' });
  });

  it('names the functions whose value depends on when it runs', async () => {
    const { changing } = await run('SELECT now(), n FROM numbers WHERE random() < 2');
    expect(changing).toEqual([
      { name: 'now', position: 7 },
      { name: 'random', position: 35 },
    ]);
  });
});

const NOT_SELECTS = [
  "COPY (SELECT 1) TO '/dev/fd/3'",
  "ATTACH ':memory:' AS other",
  'INSTALL httpfs',
  'LOAD httpfs',
  'PRAGMA database_list',
  'SET threads = 8',
  'SET VARIABLE as_of = 1',
  'CREATE TABLE t AS SELECT 1',
  'INSERT INTO numbers VALUES (3, NULL)',
  "CALL enable_logging(storage = 'file', storage_path = '/tmp')",
  'EXPLAIN ANALYZE SELECT 1',
];

/** Returns queries that read or change anything other than their tables. */
const hostileQueries = (port: number): string[] =>
  readFileSync(join(import.meta.dirname, 'queries-reaching-files-network-or-environment.sql'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('--'))
    .map((line) => line.replaceAll('FOLDER', folder).replace('PORT', String(port)));

/** Number of queries that are run at each level. At the weakest level, where only DuckDB protects, all are run. */
const AT_EACH_LEVEL = 3;

describe.each(allLevels)('with $mechanism, a query', { timeout }, (level) => {
  it('reaches no file, no network and no environment', async () => {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(String(request.url));
      response.end('a\n1\n');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const queries = hostileQueries((server.address() as AddressInfo).port);
    try {
      for (const sql of level.mechanism === 'none' ? queries : queries.slice(0, AT_EACH_LEVEL)) {
        const { outcomes, ending } = await runQuery({ sql, setups }, QUERY_LIMITS, Promise.resolve(level));
        expect({ sql, kind: ending?.kind ?? outcomes[0]?.kind }).toEqual({ sql, kind: 'error' });
      }
    } finally {
      server.close();
    }
    expect(requests).toEqual([]);
    expect(readdirSync(folder)).toEqual(['secret.csv']);
  });

  it('cannot change the configuration for the next run, although a SELECT can call functions that do', async () => {
    const path = join(folder, 'log');
    for (const call of [`enable_logging(storage = 'file', storage_path = '${path}')`, 'enable_profiling()']) {
      const request = { sql: `SELECT * FROM ${call}`, setups: [...setups, ...setups, ...setups] };
      const { outcomes, ending } = await runQuery(request, QUERY_LIMITS, Promise.resolve(level));
      expect({ ending, runs: outcomes.length }).toEqual({ ending: undefined, runs: 3 });
    }
    expect(existsSync(path)).toBe(false);
  });
});

describe('a query is ended', { timeout }, () => {
  it('when a recursion has no end', async () => {
    const sql = 'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t';
    const { ending } = await run(sql, { query: 300 });
    expect(ending).toMatchObject({ kind: 'hang' });
  });

  it('when it needs too much memory', async () => {
    const many = await run('SELECT list(range) FROM range(1000000000000)');
    expect(many.outcomes).toMatchObject([{ kind: 'error', error: { type: 'Out of Memory' } }]);
    // On a slow machine, 400 MB take longer than a query may take.
    const limits = { residentMb: 400, query: 60_000, total: 60_000, cpuSeconds: 60 };
    const { ending } = await run("SELECT length(repeat('x', 2000000000)) + sum(n) FROM numbers", limits);
    expect(ending).toMatchObject({ kind: 'killed', why: 'memory' });
  });

  it('when it returns too many rows, or a value that is too large', async () => {
    expect((await run('FROM range(1000000000000)')).ending).toEqual({
      kind: 'too-many-rows',
      limit: QUERY_LIMITS.rows,
    });
    const { ending } = await run("SELECT repeat('x', 3000000) FROM range(10)");
    expect(ending).toMatchObject({ kind: 'killed', why: 'output' });
  });

  it('as too slow only if it got its processor time: otherwise it cannot be judged', async () => {
    const sql = 'SELECT sum(sleep_ms(100)) FROM range(100)';
    const { ending, starved } = await run(sql, { query: 200 });
    expect({ kind: ending?.kind, starved }).toEqual({ kind: 'hang', starved: true });
  });
});

describe('the results', () => {
  it('ignore lines without the token, and lines that violate the protocol', () => {
    expect(readMessage('abc {"kind":"done"}', 'abc')).toEqual({ kind: 'done' });
    expect(readMessage('{"kind":"done"}', 'abc')).toBeUndefined();
    expect(readMessage('xyz {"kind":"done"}', 'abc')).toBeUndefined();
    expect(readMessage('abc {"kind":"passed"}', 'abc')).toBeUndefined();
    expect(readMessage('abc not JSON', 'abc')).toBeUndefined();
  });
});

describe('a small table', () => {
  it('is text with numbers to the right', () => {
    expect(
      textTable(
        ['name', 'n'],
        [
          ['Ann', 5],
          ['Bo', 12],
        ],
      ),
    ).toBe('name   n\nAnn    5\nBo    12');
  });
});

describe('a checkpoint of SQL', { timeout }, () => {
  const case1: QueryCase = {
    name: 'two rows',
    scenes: [{ tables: [numbers] }],
    input: 'two numbers',
    expected: 'their sum, 3',
    mismatch: ([result]) =>
      result?.rows[0]?.sum === 3
        ? undefined
        : { expected: '3', got: String(result?.rows[0]?.sum), lookFor: ['absent', 'FROM numbers'] },
  };
  const empty: QueryCase = {
    ...case1,
    name: 'no rows',
    scenes: [{ tables: [{ ...numbers, rows: [] }] }],
    mismatch: () => undefined,
  };
  const checkpoint = sqlCheckpoint({ requirements: () => [{ says: 'adds', why: 'because', cases: [case1, empty] }] });
  const check = (sql: string) => {
    const file = join(folder, 'query.sql');
    writeFileSync(file, sql);
    return checkpoint.check(file, 1);
  };

  it('passes a right query', async () => {
    const report = await check('SELECT sum(n) AS sum FROM numbers');
    expect(report).toMatchObject({ outcome: 'passed', requirements: [{ passed: true }, { passed: true }] });
  });

  it('shows what a wrong query returned, and where to look', async () => {
    const { requirements } = await check('-- FROM numbers\nSELECT max(n) AS sum\nFROM numbers');
    expect(requirements[0]).toEqual({
      ...{ says: 'adds', passed: false, failed: ['two rows'] },
      failedCase: { input: 'two numbers', expected: '3', got: '2', why: 'because', look: 'query.sql:3' },
    });
  });

  it('shows an error of one run as a failed case, and an error of all runs as a problem', async () => {
    const { requirements } = await check('SELECT sum(n)::INTEGER AS sum, max(word)::DATE FROM numbers');
    expect(requirements[0]?.failedCase?.got).toMatch(/^an error: invalid date field format: "it's".*\(query\.sql:1:/);
    const { problem } = await check('SELECT sum(m)\nFROM numbers');
    expect(problem).toMatchObject({
      what: expect.stringContaining('"m" not found'),
      line: 1,
      fix: expect.stringContaining(`"n"`),
    });
  });

  it('fails a query that depends on the clock', async () => {
    const { requirements } = await check('SELECT sum(n) AS sum,\n  now() FROM numbers');
    expect(requirements.at(-1)).toMatchObject({
      says: 'depends only on its tables',
      failedCase: { got: 'your query calls now()', look: 'query.sql:2' },
    });
  });

  it('surfaces the token of the canary, and believes no word of the liar', async () => {
    const canary = await check(checkpoint.canary('token-123'));
    expect(JSON.stringify(canary)).toContain('token-123');
    const liar = await check(checkpoint.liar);
    expect(liar.outcome).toBe('failed');
    expect(liar.problem).toBeUndefined();
    expect(liar.requirements[0]?.passed).toBe(false);
  });
});
