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
/**
 * End of the path of a missing object. No key contains `~`. The path differs from that of a copy, which other callers may still
 * read if the object was deleted.
 */
const MISSING = '~missing';
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
  const inTurn = oneAfterAnother();
  let folder: Promise<string> | undefined;
  const open = async (key: string): Promise<string> => {
    folder ??= mkdtemp(join(tmpdir(), 'agentbricks-objects-'));
    const path = join(await folder, key);
    const copy = copies.get(key);
    const found = await fetch(key, copy?.tag);
    if (found === 'same') (copy as Copy).openedAt = Date.now();
    else if (found) {
      await replace(path, found.bytes);
      copies.set(key, { path, tag: found.tag, openedAt: Date.now() });
    } else return `${path}${MISSING}`;
    return path;
  };
  const isUnused = (copy: Copy | undefined): copy is Copy =>
    copy !== undefined && copy.openedAt + KEEP_MS <= Date.now();
  const deleteUnused = async () => {
    for (const key of [...copies.keys()].filter((each) => isUnused(copies.get(each)))) {
      await inTurn(key, async () => {
        const copy = copies.get(key);
        // Another caller may have opened it in the meantime.
        if (!isUnused(copy)) return;
        copies.delete(key);
        await rm(copy.path, { force: true });
      });
    }
  };
  return {
    /** Returns the paths of the copies, in the order of the keys. */
    open: async (keys: readonly string[]): Promise<readonly string[]> => {
      await deleteUnused();
      const paths: string[] = [];
      for (let i = 0; i < keys.length; i += CONCURRENCY) {
        const opened = keys.slice(i, i + CONCURRENCY).map((key) => inTurn(key, () => open(key)));
        paths.push(...(await Promise.all(opened)));
      }
      return paths;
    },
    [Symbol.asyncDispose]: async () => {
      if (folder) await rm(await folder, { recursive: true, force: true });
    },
  };
}

/**
 * Returns a function that runs work on one key at a time. Concurrent callers of one object would otherwise write the same file,
 * or store the tag of one version with the bytes of another. They must not share one download either: it may have started
 * before the object changed.
 */
function oneAfterAnother() {
  const last = new Map<string, Promise<unknown>>();
  return <Result>(key: string, work: () => Promise<Result>): Promise<Result> => {
    const result = (last.get(key) ?? Promise.resolve()).then(work);
    const done = result
      .catch(() => undefined)
      .then(() => {
        if (last.get(key) === done) last.delete(key);
      });
    last.set(key, done);
    return result;
  };
}

/** Replaces a file by renaming a new one, so that concurrent readers of the old file can finish. */
async function replace(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
}
