import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MINUTE } from '#domain/core/time.ts';

interface Copy {
  readonly path: string;
  readonly tag: string;
  openedAt: number;
}

/** An object's bytes, or that they are still those of the tag; undefined where there is no object. */
export type Fetch = (
  key: string,
  tag?: string,
) => Promise<{ readonly bytes: Uint8Array; readonly tag: string } | 'same' | undefined>;

/** Longer than a function may run. */
const KEEP = 16 * MINUTE;
const AT_ONCE = 8;

/**
 * Copies of remote objects on this disk, for what can only open a file. DuckDB could read S3 itself, with an extension that
 * it downloads at each cold start, and with keys of its own. A copy is fetched again only when the object has changed, and is
 * gone when nobody has opened it for a while.
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
  const forget = async () => {
    for (const [key, { path, openedAt }] of copies) {
      if (openedAt + KEEP > Date.now()) continue;
      copies.delete(key);
      await rm(path, { force: true });
    }
  };
  return {
    /** @returns paths, in the order of the keys */
    open: async (keys: readonly string[]): Promise<readonly string[]> => {
      await forget();
      const paths: string[] = [];
      for (let i = 0; i < keys.length; i += AT_ONCE) {
        paths.push(...(await Promise.all(keys.slice(i, i + AT_ONCE).map(open))));
      }
      return paths;
    },
    [Symbol.asyncDispose]: async () => {
      if (folder) await rm(await folder, { recursive: true, force: true });
    },
  };
}

/** Who reads the old bytes reads them to their end. */
async function replace(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
}
