import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { BrickError } from '#domain/core/errors.ts';

/** Replaces a file at once: after a crash it holds the old bytes or the new, durable, and never a part of them. */
export function writeAtomic(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const fresh = `${path}.new`;
  const file = openSync(fresh, 'w');
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(fresh, path);
  syncFolder(dirname(path));
}

export class DamagedFile extends BrickError {
  override readonly code = 'BRICK_DAMAGED_FILE';
  constructor(path: string, cause: unknown) {
    super(
      {
        what: `${path} cannot be understood`,
        why: `it is not what was written there: ${(cause as Error).message.split('\n')[0]}`,
        fix: 'Put back a copy of it, or begin anew with `agentbricks reset`',
      },
      { cause },
    );
  }
}

/** What a JSON file holds; undefined where there is none. @throws DamagedFile for what `parse` does not take */
export function readJson<Content>(path: string, parse: (content: unknown) => Content): Content | undefined {
  const bytes = readIfThere(path);
  if (!bytes) return undefined;
  try {
    return parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw new DamagedFile(path, error);
  }
}

export const readIfThere = (path: string): Buffer | undefined => (existsSync(path) ? readFileSync(path) : undefined);

/** A rename is durable once its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
