import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checksumOf, withChecksum } from '#adapters/duckdb/checksum-in-parquet-footer.ts';
import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { parquetFrom } from '#adapters/duckdb/query-to-parquet.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';

const KEY = 'agentbricks.sha256';
/** The key's own bytes, and the type and length of its value: without them, the checksum is not found. */
const KEY_BYTES = KEY.length + 2;
/** The value contains the text that marks a checksum. */
const QUERY = `SELECT range AS id, '${KEY}' AS text FROM range(50)`;

const file = async (): Promise<Uint8Array> => {
  using database = await openDuckDb();
  return await parquetFrom(database, QUERY);
};

describe('a Parquet file of the lake', () => {
  it('has a right checksum, the same bytes each time, and its rows', async () => {
    const bytes = await file();
    expect(checksumOf(bytes)).toBe('right');
    expect(Buffer.from(await file())).toEqual(Buffer.from(bytes));
    const folder = mkdtempSync(join(tmpdir(), 'agentbricks-checksum-'));
    try {
      writeFileSync(join(folder, 'rows.parquet'), bytes);
      using database = await openDuckDb();
      const rows = await database.rows<{ id: bigint }>(`FROM ${parquetRows([join(folder, 'rows.parquet')])}`);
      expect(rows.map(({ id }) => Number(id))).toEqual(Array.from({ length: 50 }, (_, i) => i));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('shows every changed bit, except in the name of the checksum', async () => {
    const bytes = await file();
    const key = Buffer.from(bytes).lastIndexOf(KEY);
    for (let position = 0; position < bytes.length; position++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = bytes.with(position, (bytes[position] ?? 0) ^ (1 << bit));
        const inKey = position >= key && position < key + KEY_BYTES;
        expect(checksumOf(changed)).toBe(inKey ? 'absent' : 'wrong');
      }
    }
  });

  it('has no checksum if it was written without a place for one', async () => {
    expect(checksumOf(new Uint8Array(10))).toBe('absent');
    expect(checksumOf(Buffer.from(`${KEY}\x18\x40short`, 'latin1'))).toBe('absent');
    expect(() => withChecksum(new Uint8Array(10))).toThrow('no place for its checksum');
  });
});
