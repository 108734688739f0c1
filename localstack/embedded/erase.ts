import { globSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqlite } from '#adapters/sqlite.ts';

const DATABASES = ['log.sqlite', 'tables.sqlite'];
const CHUNK_BYTES = 2 ** 20;

/** Writes a world's databases anew, so that what was deleted is in no free page and in no write-ahead log. The world is closed. */
export function vacuum(dataDir: string): void {
  for (const name of DATABASES) {
    const database = openSqlite(join(dataDir, name));
    try {
      database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      database.close();
    }
  }
}

/** Files of a folder whose bytes hold a text, by their paths within it. Compressed files have to be asked otherwise. */
export async function filesWith(folder: string, text: string): Promise<string[]> {
  const files = globSync('**/*', { cwd: folder }).filter((path) => statSync(join(folder, path)).isFile());
  const found: string[] = [];
  for (const path of files.sort()) if (await holds(join(folder, path), Buffer.from(text))) found.push(path);
  return found;
}

async function holds(path: string, wanted: Buffer): Promise<boolean> {
  await using file = await open(path);
  // A match may lie across two chunks.
  let tail = Buffer.alloc(0);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES);
    if (bytesRead === 0) return false;
    const window = Buffer.concat([tail, chunk.subarray(0, bytesRead)]);
    if (window.includes(wanted)) return true;
    tail = Buffer.from(window.subarray(Math.max(0, window.length - wanted.length + 1)));
  }
}
