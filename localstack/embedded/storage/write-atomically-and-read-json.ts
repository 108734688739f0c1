import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { BrickError } from '#domain/core/brick-error.ts';

/** Replaces a file atomically and durably: after a crash it contains either the old or the new bytes. */
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
        what: `${path} cannot be read`,
        why: `the content of the file is damaged (${(cause as Error).message.split('\n')[0]})`,
        fix: 'Restore the file from a backup, or delete the world with `agentbricks reset` and start again',
      },
      { cause },
    );
  }
}

/**
 * Returns the content of a JSON file; undefined if the file does not exist.
 *
 * @throws DamagedFile if the file is not JSON or `parse` throws
 */
export function readJson<Content>(path: string, parse: (content: unknown) => Content): Content | undefined {
  const bytes = readIfThere(path);
  if (!bytes) return undefined;
  try {
    return parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw new DamagedFile(path, error);
  }
}

/** Writes an object as JSON, with a checksum of its fields. The replacement is atomic and durable. */
export function writeChecked(path: string, content: object): void {
  const checked = { ...content, sha256: checksumOf(content) };
  writeAtomic(path, Buffer.from(`${JSON.stringify(checked, null, 2)}\n`));
}

/**
 * Returns the content that `writeChecked` wrote, without the checksum; undefined if the file does not exist. A file without
 * a checksum, which an earlier version wrote, is accepted.
 *
 * @throws DamagedFile if the checksum is wrong, the file is not JSON, or `parse` throws
 */
export const readChecked = <Content>(path: string, parse: (content: unknown) => Content): Content | undefined =>
  readJson(path, (content) => parse(withoutChecksum(content)));

function withoutChecksum(content: unknown): unknown {
  if (typeof content !== 'object' || content === null || !('sha256' in content)) return content;
  const { sha256, ...fields } = content;
  if (sha256 !== checksumOf(fields)) throw new Error('its checksum is wrong');
  return fields;
}

const checksumOf = (content: object): string => createHash('sha256').update(JSON.stringify(content)).digest('hex');

export const readIfThere = (path: string): Buffer | undefined => (existsSync(path) ? readFileSync(path) : undefined);

/** Syncs a folder, which makes renames in it durable. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
