import { copyFileSync, linkSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Entries of a world that do not belong to a snapshot: locks, the address of the city, and forks of the world. */
const LEFT_OUT = /^(lock\.sqlite.*|lock\.pid|serving\.json|twins|\.restoring|\.restored)$/;
/** Files that are being written. */
const TEMPORARY = /^\.tmp-|\.new$/;
const DATABASE = /\.sqlite$/;
/** Files of a database next to it. The frozen connection reads them. */
const BESIDE_DATABASE = /\.sqlite-(wal|shm|journal)$/;

/** A database as of one moment: an open read transaction, which later writes do not change. */
export interface FrozenDatabase {
  readonly name: string;
  readonly database: DatabaseSync;
}

/**
 * Captures a world at one moment: opens a read transaction on each database, and links all other files to `target`.
 * Files are only ever replaced, never changed, so the links keep the old content.
 *
 * The call is synchronous. In the process that runs the world, no other code runs between its steps, so the captured world
 * is one that a kill at this moment could have left.
 */
export function freezeWorld(world: string, target: string): FrozenDatabase[] {
  const entries = readdirSync(world, { withFileTypes: true }).filter(({ name }) => !LEFT_OUT.test(name));
  // The log comes last. It may then contain events whose ids the tables lack, as after a kill, but not the reverse.
  const databases = entries.filter(({ name }) => DATABASE.test(name)).map(({ name }) => name);
  const frozen = databases
    .sort()
    .reverse()
    .map((name) => ({ name, database: frozenDatabase(join(world, name)) }));
  try {
    const paths = filesIn(world, '');
    createFolders(target, paths);
    for (const path of paths) linkUnlessDeleted(join(world, path), join(target, path));
    return frozen;
  } catch (error) {
    for (const { database } of frozen) database.close();
    throw error;
  }
}

function frozenDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec('BEGIN');
  // The transaction begins with its first read.
  database.prepare('SELECT count(*) FROM sqlite_master').get();
  return database;
}

/** Returns the paths of the files that are not databases. */
function filesIn(world: string, folder: string): string[] {
  return readdirSync(join(world, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (TEMPORARY.test(entry.name) || (folder === '' && LEFT_OUT.test(entry.name))) return [];
    if (entry.isDirectory()) return filesIn(world, path);
    const isDatabase = DATABASE.test(entry.name) || BESIDE_DATABASE.test(entry.name);
    return entry.isFile() && !isDatabase ? [path] : [];
  });
}

/** Links a file. Another thread may have deleted it since the folder was listed; nothing refers to such a file. */
function linkUnlessDeleted(from: string, to: string): void {
  try {
    link(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Creates the folders of files, each once. */
export function createFolders(target: string, paths: readonly string[]): void {
  const folders = [...new Set(paths.map((path) => join(target, dirname(path))))];
  for (const folder of [target, ...folders]) mkdirSync(folder, { recursive: true });
}

/** Links a file, or copies it on a disk that has no hard links. */
export function link(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
    copyFileSync(from, to);
  }
}
