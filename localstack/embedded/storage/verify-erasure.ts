import { globSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqlite } from '#adapters/sqlite/sqlite.ts';

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

/** What ids are made of: `u-1` does not stand in `u-10`. */
const ID_CHARACTER = /[A-Za-z0-9._:~-]/;

/** Files of a folder whose bytes hold an id, by their paths within it. Compressed files have to be asked otherwise. */
export async function filesWith(folder: string, id: string): Promise<string[]> {
  const files = globSync('**/*', { cwd: folder }).filter((path) => statSync(join(folder, path)).isFile());
  const found: string[] = [];
  for (const path of files.sort()) if (await holds(join(folder, path), id)) found.push(path);
  return found;
}

async function holds(path: string, id: string): Promise<boolean> {
  await using file = await open(path);
  // A match, and the characters around it, may lie across two chunks.
  let tail = '';
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES);
    const window = tail + chunk.toString('latin1', 0, bytesRead);
    if (standsIn(window, id, bytesRead === 0)) return true;
    if (bytesRead === 0) return false;
    tail = window.slice(-(id.length + 1));
  }
}

/** @param isEnd nothing follows: before it, an id at the very end may go on */
function standsIn(text: string, id: string, isEnd: boolean): boolean {
  for (let at = text.indexOf(id); at >= 0; at = text.indexOf(id, at + 1)) {
    const [before, after] = [text[at - 1] ?? '', text[at + id.length] ?? ''];
    if (after === '' && !isEnd) return false;
    if (!ID_CHARACTER.test(before) && !ID_CHARACTER.test(after)) return true;
  }
  return false;
}
