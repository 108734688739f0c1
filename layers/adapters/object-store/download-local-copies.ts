import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MINUTE } from '#domain/core/time.ts';

interface Copy {
  readonly path: string;
  readonly tag: string;
  openedAt: number;
}

/**
 * Fetches an object's bytes and tag. Returns 'same' if the object still has the given tag, undefined if it does not
 * exist.
 */
export type Fetch = (
  key: string,
  tag?: string,
) => Promise<{ readonly bytes: Uint8Array; readonly tag: string } | 'same' | undefined>;

/** Milliseconds that an unused copy is stored: longer than a function may run. */
const KEEP_MS = 16 * MINUTE;
/** Number of concurrent downloads. */
const CONCURRENCY = 8;

/**
 * Returns local copies of remote objects, for code that can only open files. A copy is downloaded again only if the
 * object has changed, and deleted if it has not been opened for KEEP_MS.
 *
 * DuckDB could read S3 itself, but only with an extension that it downloads at each cold start, and with separate
 * credentials.
 */
export function localCopies(fetch: Fetch) {
  const copies = new Map<string, Copy>();
  let folder: Promise<string> | undefined;
  const open = async (key: string): Promise<string> => {
    folder ??= mkdtemp(join(tmpdir(), 'agentbricks-objects-'));
    const path = join(await folder, key);
    const found = await fetch(key, copies.get(key)?.tag);
    if (found === 'same') (copies.get(key) as Copy).openedAt = Date.now();
    else if (found) {
      await replace(path, found.bytes);
      copies.set(key, { path, tag: found.tag, openedAt: Date.now() });
    }
    return path;
  };
  const deleteUnused = async () => {
    for (const [key, { path, openedAt }] of copies) {
      if (openedAt + KEEP_MS > Date.now()) continue;
      copies.delete(key);
      await rm(path, { force: true });
    }
  };
  return {
    /** Returns the paths of the copies, in the order of the keys. */
    open: async (keys: readonly string[]): Promise<readonly string[]> => {
      await deleteUnused();
      const paths: string[] = [];
      for (let i = 0; i < keys.length; i += CONCURRENCY) {
        paths.push(...(await Promise.all(keys.slice(i, i + CONCURRENCY).map(open))));
      }
      return paths;
    },
    [Symbol.asyncDispose]: async () => {
      if (folder) await rm(await folder, { recursive: true, force: true });
    },
  };
}

/** Replaces a file by renaming a new one, so that concurrent readers of the old file can finish. */
async function replace(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
}
