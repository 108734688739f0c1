import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectStore, StoredObject } from '#ports/object-store.ts';
import { checkKey } from './check-key.ts';

const TEMPORARY = '.tmp-';
const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT';

/**
 * Returns an object store in a folder. It writes an object to a temporary file, syncs the file, and then renames it.
 */
export function folderObjectStore({ root }: { readonly root: string }): ObjectStore {
  const pathOf = (key: string) => join(root, checkKey(key));
  return {
    put: async (key, bytes) => {
      const path = pathOf(key);
      await mkdir(dirname(path), { recursive: true });
      await replace(path, bytes);
    },
    get: async (key) => {
      try {
        return Uint8Array.from(await readFile(pathOf(key)));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    list: async (prefix) => {
      const found = await filesUnder(root, '');
      const matching = found.filter((key) => key.startsWith(prefix)).sort();
      return Promise.all(
        matching.map(async (key): Promise<StoredObject> => ({ key, size: (await stat(join(root, key))).size })),
      );
    },
    delete: (key) => rm(pathOf(key), { force: true }),
    open: async (keys) => keys.map(pathOf),
    [Symbol.asyncDispose]: async () => {},
  };
}

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `${TEMPORARY}${randomUUID()}`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function filesUnder(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const nested = entries.map(async (entry) => {
    const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesUnder(root, key);
    return entry.name.startsWith(TEMPORARY) ? [] : [key];
  });
  return (await Promise.all(nested)).flat();
}
