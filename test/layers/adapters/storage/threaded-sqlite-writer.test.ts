import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { threadedWriter, type Write } from '#adapters/sqlite/inline-and-threaded-writers.ts';
import { openSqlite } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-writer-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const SOON_MS = 5_000;
const insert = (value: number): Write[] => [
  { sql: 'CREATE TABLE IF NOT EXISTS numbers (value INTEGER)', rows: [[]] },
  { sql: 'INSERT INTO numbers VALUES (?)', rows: [[value]] },
];
/** A message that ends the thread before it responds. */
const END = null as unknown as Write[];

function written(path: string): unknown[] {
  const database = openSqlite(path);
  try {
    return database.prepare('SELECT value FROM numbers ORDER BY rowid').all();
  } finally {
    database.close();
  }
}

describe('threadedWriter', { timeout: SOON_MS }, () => {
  it('rejects each write while the file cannot be opened, and writes as soon as it can', async () => {
    const path = join(folder, 'missing', 'numbers.sqlite');
    const writer = threadedWriter(path);
    await expect(writer.write(insert(1))).rejects.toThrow('unable to open database file');
    await expect(writer.write(insert(2))).rejects.toThrow('unable to open database file');
    mkdirSync(join(folder, 'missing'));
    await writer.write(insert(3));
    await writer[Symbol.asyncDispose]();
    expect(written(path)).toEqual([{ value: 3 }]);
  });

  it('reports a file that is not a database as damaged, again and again', async () => {
    const path = join(folder, 'numbers.sqlite');
    writeFileSync(path, 'not a database'.repeat(100));
    await using writer = threadedWriter(path);
    for (const value of [1, 2]) {
      await expect(writer.write(insert(value))).rejects.toMatchObject({ code: 'BRICK_STORAGE_DAMAGED' });
    }
  });

  it('starts a new thread after its thread has ended', async () => {
    const path = join(folder, 'numbers.sqlite');
    const writer = threadedWriter(path);
    await writer.write(insert(1));
    const failed = await Promise.allSettled([writer.write(END), writer.write(insert(2))]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await writer.write(insert(3));
    await writer[Symbol.asyncDispose]();
    expect(written(path)).toEqual([{ value: 1 }, { value: 3 }]);
  });

  it('can be closed after its thread has ended', async () => {
    const writer = threadedWriter(join(folder, 'numbers.sqlite'));
    await expect(writer.write(END)).rejects.toThrow('has ended');
    await writer[Symbol.asyncDispose]();
  });

  it('completes running writes when it is closed, and rejects later ones', async () => {
    const path = join(folder, 'numbers.sqlite');
    const writer = threadedWriter(path);
    const first = writer.write(insert(1));
    await writer[Symbol.asyncDispose]();
    await first;
    await expect(writer.write(insert(2))).rejects.toThrow('is closed');
    await writer[Symbol.asyncDispose]();
    expect(written(path)).toEqual([{ value: 1 }]);
  });
});
