import { createHash } from 'node:crypto';
import { existsSync, readFileSync, unwatchFile, watchFile } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { BrickError } from '#domain/core/brick-error.ts';
import { SEAM_FILES, type Seams } from '#domain/events/seam-types.ts';

type SeamName = keyof Seams;
const NAMES = Object.keys(SEAM_FILES) as SeamName[];

/**
 * Content of `workspace/seams.json`: seam → the learner's file that replaces the reference. Paths are relative to its
 * folder.
 */
export const SeamsInUse = z.strictObject(
  Object.fromEntries(NAMES.map((name) => [SEAM_FILES[name], z.string().min(1).optional()])),
);
export type SeamsInUse = z.infer<typeof SeamsInUse>;

const FIX = 'Fix the file, or restore the reference implementation with `npx agentbricks use <step> --reference`';

/** A learner's file, or seams.json, cannot be used. */
export class SeamUnusable extends BrickError {
  override readonly code = 'BRICK_SEAM_UNUSABLE';
  constructor(file: string, why: string, fix: string, options?: ErrorOptions) {
    super({ what: `${file} cannot replace the reference implementation`, why, fix }, options);
  }
}

/**
 * Reads seams.json. Without this file, all seams use the reference implementation.
 *
 * @throws SeamUnusable if the file does not have the form of SeamsInUse
 */
export function readSeamsInUse(file: string): SeamsInUse {
  if (!existsSync(file)) return {};
  try {
    return SeamsInUse.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    const known = Object.values(SEAM_FILES).join(', ');
    const why = `it is not a JSON object from seams (${known}) to files`;
    throw new SeamUnusable(file, why, 'Delete the file, then run `agentbricks use` for your steps again', { cause });
  }
}

/**
 * Loads the learner's functions that seams.json names. A file is loaded again when its content has changed; changes of
 * the files that it imports take effect in the next process.
 *
 * @throws SeamUnusable
 */
export async function loadSeams(file: string): Promise<Partial<Seams>> {
  const inUse = readSeamsInUse(file);
  const loaded: Partial<Record<SeamName, Seams[SeamName]>> = {};
  for (const name of NAMES) {
    const path = inUse[SEAM_FILES[name]];
    if (path !== undefined) loaded[name] = await loadSeam(resolve(dirname(file), path), name);
  }
  return loaded;
}

async function loadSeam(path: string, name: SeamName): Promise<Seams[SeamName]> {
  const exported: unknown = (await importNow(path))[name];
  if (typeof exported === 'function') return exported as Seams[SeamName];
  throw new SeamUnusable(path, `it exports no function named ${name}`, FIX);
}

/** Imports the current content of a file. */
async function importNow(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const version = createHash('sha256').update(readFileSync(path)).digest('hex');
    return await import(`${pathToFileURL(path).href}?${version}`);
  } catch (cause) {
    throw new SeamUnusable(path, `it could not be loaded (${String(cause)})`, FIX, { cause });
  }
}

export interface SeamsWatch extends Disposable {
  /** Resolves after the first report. */
  readonly ready: Promise<void>;
}

/**
 * Milliseconds between two polls of seams.json. The kernel's file events need an existing folder, and do not work on
 * some mounts.
 */
const POLL_EVERY_MS = 250;

/**
 * Reports the learner's functions that are in use: immediately, and whenever seams.json is created, changed or deleted.
 * If the file cannot be used, `onError` receives the error, and the previous functions stay in use. Watching does not
 * keep the process alive.
 */
export function watchSeams(
  file: string,
  onChange: (seams: Partial<Seams>) => void,
  onError: (error: unknown) => void,
): SeamsWatch {
  let last = Promise.resolve();
  let stopped = false;
  const load = async (): Promise<void> => {
    try {
      const seams = await loadSeams(file);
      if (!stopped) onChange(seams);
    } catch (error) {
      if (!stopped) onError(error);
    }
  };
  // Loads run one after another, so that an older one never overwrites a newer one.
  const poll = () => {
    last = last.then(load);
    return last;
  };
  watchFile(file, { interval: POLL_EVERY_MS, persistent: false }, poll);
  return {
    ready: poll(),
    [Symbol.dispose]: () => {
      stopped = true;
      unwatchFile(file, poll);
    },
  };
}
