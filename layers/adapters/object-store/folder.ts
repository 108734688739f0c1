import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ObjectStore, StoredObject } from '#ports/object-store.ts';
import { checkKey } from './check-key.ts';

const TEMPORARY = '.tmp-';

/**
 * Returns an object store in a folder. It writes an object to a temporary file, syncs the file, renames it, and syncs the
 * folders, because a rename or a new folder is lost in a power cut until its folder is synced. An object is therefore
 * durable when `put` resolves.
 */
export function folderObjectStore({ root }: { readonly root: string }): ObjectStore {
  const pathOf = (key: string) => join(root, checkKey(key));
  return {
    put: async (key, bytes) => {
      const path = pathOf(key);
      const firstCreated = await mkdir(dirname(path), { recursive: true });
      await replace(path, bytes);
      await syncFolders(dirname(path), firstCreated && dirname(firstCreated));
    },
    get: async (key) => {
      const bytes = await unlessMissing(readFile(pathOf(key)));
      return bytes && Uint8Array.from(bytes);
    },
    list: async (prefix) => {
      const found = await filesUnder(root, '');
      const matching = found.filter((key) => key.startsWith(prefix)).sort();
      const objects = await Promise.all(matching.map((key) => objectAt(root, key)));
      return objects.filter((object) => object !== undefined);
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

/** Syncs a folder, and all its parents up to the one that existed before. */
async function syncFolders(path: string, last = path): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  if (path !== last && path !== dirname(path)) await syncFolders(dirname(path), last);
}

/** Returns an object's key and size; undefined if the object was deleted while the store was listed. */
async function objectAt(root: string, key: string): Promise<StoredObject | undefined> {
  const found = await unlessMissing(stat(join(root, key)));
  return found && { key, size: found.size };
}

/** Returns the result of a read; undefined if the file or folder does not exist. */
const unlessMissing = <Result>(reading: Promise<Result>): Promise<Result | undefined> =>
  reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

async function filesUnder(root: string, folder: string): Promise<string[]> {
  const entries = (await unlessMissing(readdir(join(root, folder), { withFileTypes: true }))) ?? [];
  const nested = entries.map(async (entry) => {
    const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return filesUnder(root, key);
    return entry.name.startsWith(TEMPORARY) ? [] : [key];
  });
  return (await Promise.all(nested)).flat();
}
