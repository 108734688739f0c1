import { existsSync, readFileSync, unwatchFile, watchFile } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { BrickError } from '#domain/core/brick-error.ts';

/** Seams that the system can run a learner's file for, by the name in the front matter of their steps. */
export const SEAM_NAMES = [
  'validate-event',
  'collect-events',
  'explore',
  'rules.yml',
  'pipeline',
  'nightly',
  'labelled-features.sql',
  'export',
] as const;
/** Name of a replaceable seam. */
export type SeamName = (typeof SEAM_NAMES)[number];

/**
 * Content of `workspace/seams.json`: seam → the learner's file that replaces the reference. Paths are relative to its
 * folder.
 */
export const SeamsInUse = z.strictObject(
  Object.fromEntries(SEAM_NAMES.map((name) => [name, z.string().min(1).optional()])) as Record<
    SeamName,
    z.ZodOptional<z.ZodString>
  >,
);
export type SeamsInUse = z.infer<typeof SeamsInUse>;

/** What a learner does about a file that cannot be used. */
export const FIX_THE_FILE =
  'Fix the file, or restore the reference implementation with `npx agentbricks use <step> --reference`';

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
    const why = `it is not a JSON object from seams (${SEAM_NAMES.join(', ')}) to files`;
    throw new SeamUnusable(file, why, 'Delete the file, then run `agentbricks use` for your steps again', { cause });
  }
}

/** Absolute paths of the learner's files in use, by seam. */
export type SeamFilesInUse = Readonly<Partial<Record<SeamName, string>>>;

function filesInUse(file: string): SeamFilesInUse {
  const inUse = readSeamsInUse(file);
  const found: Partial<Record<SeamName, string>> = {};
  for (const name of SEAM_NAMES) {
    const path = inUse[name];
    if (path !== undefined) found[name] = resolve(dirname(file), path);
  }
  return found;
}

/**
 * Milliseconds between two polls of seams.json. The kernel's file events need an existing folder, and do not work on
 * some mounts.
 */
const POLL_EVERY_MS = 250;

/**
 * Reports the learner's files that are in use: immediately, and whenever seams.json is created, changed or deleted. If
 * seams.json cannot be used, `onError` receives the error. Watching does not keep the process alive.
 */
export function watchSeams(
  file: string,
  onChange: (files: SeamFilesInUse) => void,
  onError: (error: unknown) => void,
): Disposable {
  const poll = (): void => {
    try {
      onChange(filesInUse(file));
    } catch (error) {
      onError(error);
    }
  };
  watchFile(file, { interval: POLL_EVERY_MS, persistent: false }, poll);
  poll();
  return { [Symbol.dispose]: () => unwatchFile(file, poll) };
}
