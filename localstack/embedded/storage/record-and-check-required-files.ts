import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { BrickError } from '#domain/core/brick-error.ts';
import { readJson, writeAtomic } from './write-atomically-and-read-json.ts';

/** List of the files that a world must have, relative to its folder. */
const LIST = 'files.json';
/** The files of the embedded log and tables. Other adapters do not create them. */
export const STORES = ['log.sqlite', 'tables.sqlite'];

const Files = z.array(z.string());

/** Thrown if a file of a world has disappeared or is empty: the world would silently begin again. */
export class MissingWorldFile extends BrickError {
  override readonly code = 'BRICK_MISSING_FILE';
  constructor(worldFolder: string, names: readonly string[]) {
    super({
      what: `${names.map((name) => join(worldFolder, name)).join(' and ')} ${names.length === 1 ? 'is' : 'are'} missing or empty`,
      why: 'the world had this file before, so it was deleted, moved or truncated',
      fix: 'Restore it from a backup, restore a snapshot with `agentbricks snapshot restore`, or delete the world with `agentbricks reset`',
    });
  }
}

/** Adds existing files to those that a world must have from now on. */
export function requireFiles(worldFolder: string, names: readonly string[]): void {
  const required = requiredFiles(worldFolder);
  const added = names.filter((name) => !required.includes(name) && existsSync(join(worldFolder, name)));
  if (added.length === 0) return;
  writeAtomic(join(worldFolder, LIST), Buffer.from(JSON.stringify([...required, ...added])));
}

/** @throws MissingWorldFile if a file that the world had before is missing or empty */
export function checkRequiredFiles(worldFolder: string): void {
  const missing = requiredFiles(worldFolder).filter((name) => isGone(join(worldFolder, name)));
  if (missing.length > 0) throw new MissingWorldFile(worldFolder, missing);
}

/**
 * Returns whether a file is missing, or is an empty database, which SQLite would take for a new one. The file of a database
 * may be empty while its write-ahead log has the content.
 */
function isGone(path: string): boolean {
  if (!existsSync(path)) return true;
  const log = `${path}-wal`;
  return path.endsWith('.sqlite') && statSync(path).size === 0 && !(existsSync(log) && statSync(log).size > 0);
}

const requiredFiles = (worldFolder: string): readonly string[] =>
  readJson(join(worldFolder, LIST), (content) => Files.parse(content)) ?? [];
