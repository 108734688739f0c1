import { createHash } from 'node:crypto';
import { existsSync, readFileSync, unwatchFile, watchFile } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { BrickError } from '#domain/core/errors.ts';
import { SEAM_FILES, type Seams } from '#domain/events/seam-types.ts';

type SeamName = keyof Seams;
const NAMES = Object.keys(SEAM_FILES) as SeamName[];

/** `workspace/seams.json`: which files of a learner take the reference's place; paths are relative to its folder. */
export const SeamsInUse = z.strictObject(
  Object.fromEntries(NAMES.map((name) => [SEAM_FILES[name], z.string().min(1).optional()])),
);
export type SeamsInUse = z.infer<typeof SeamsInUse>;

const MEND = 'Mend it, or put the reference back with `npx agentbricks use <step> --reference`';

export class SeamUnusable extends BrickError {
  override readonly code = 'BRICK_SEAM_UNUSABLE';
  constructor(file: string, why: string, fix: string, options?: ErrorOptions) {
    super({ what: `${file} cannot take the reference's place`, why, fix }, options);
  }
}

/** What stands in the file; nothing when there is none. @throws SeamUnusable when it is not of this form */
export function readSeamsInUse(file: string): SeamsInUse {
  if (!existsSync(file)) return {};
  try {
    return SeamsInUse.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    const known = Object.values(SEAM_FILES).join(', ');
    const why = `it is no JSON object from a seam (${known}) to a file`;
    throw new SeamUnusable(file, why, 'Delete it, then `use` your steps again', { cause });
  }
}

/**
 * The learner's functions that the file names. Each is loaded by its content: an edited file counts at the next load,
 * other files that it imports only in the next process.
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
  throw new SeamUnusable(path, `it exports no function named ${name}`, MEND);
}

async function importNow(path: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const version = createHash('sha256').update(readFileSync(path)).digest('hex');
    return await import(`${pathToFileURL(path).href}?${version}`);
  } catch (cause) {
    throw new SeamUnusable(path, `it could not be loaded (${String(cause)})`, MEND, { cause });
  }
}

export interface SeamsWatch extends Disposable {
  /** Resolves once what stood in the file at the start was told. */
  readonly ready: Promise<void>;
}

/** How often the file is looked at: watching by the kernel needs a folder that exists, and fails on some mounts. */
const LOOK_EVERY_MS = 250;

/**
 * Tells which of a learner's functions are in use: at once, and whenever the file is written, made or deleted.
 * A file that cannot be used is told to `onError`, and what was in use stays in use. Keeps no process alive.
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
  // One after the other: an older load never overwrites a newer one.
  const look = () => {
    last = last.then(load);
    return last;
  };
  watchFile(file, { interval: LOOK_EVERY_MS, persistent: false }, look);
  return {
    ready: look(),
    [Symbol.dispose]: () => {
      stopped = true;
      unwatchFile(file, look);
    },
  };
}
