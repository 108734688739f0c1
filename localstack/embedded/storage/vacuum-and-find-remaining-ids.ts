import { globSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqlite } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';

const DATABASES = ['log.sqlite', 'tables.sqlite'];
const CHUNK_BYTES = 2 ** 20;

/** Rewrites the databases of a closed world, so that deleted data remain neither in free pages nor in the write-ahead log. */
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

/** Characters of ids. An id is found only without such a character next to it: `u-10` does not contain `u-1`. */
const ID_CHARACTER = /[A-Za-z0-9._:~-]/;

/** Returns the files of a folder whose bytes contain an id, as relative paths. It cannot find ids in compressed files. */
export async function filesWith(folder: string, id: string): Promise<string[]> {
  const files = globSync('**/*', { cwd: folder }).filter((path) => statSync(join(folder, path)).isFile());
  const found: string[] = [];
  for (const path of files.sort()) if (await fileContains(join(folder, path), id)) found.push(path);
  return found;
}

async function fileContains(path: string, id: string): Promise<boolean> {
  await using file = await open(path);
  // The id and the characters before and after it may be split across two chunks.
  let tail = '';
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES);
    const window = tail + chunk.toString('latin1', 0, bytesRead);
    if (containsId(window, id, bytesRead === 0)) return true;
    if (bytesRead === 0) return false;
    tail = window.slice(-(id.length + 2));
  }
}

/**
 * Returns whether a part of a file contains an id.
 *
 * @param isEnd whether `text` ends the file; if not, an id at its end may continue in the next part, and is not counted
 */
function containsId(text: string, id: string, isEnd: boolean): boolean {
  for (let at = text.indexOf(id); at >= 0; at = text.indexOf(id, at + 1)) {
    const [before, after] = [text[at - 1] ?? '', text[at + id.length] ?? ''];
    if (after === '' && !isEnd) return false;
    if (!ID_CHARACTER.test(before) && !ID_CHARACTER.test(after)) return true;
  }
  return false;
}
