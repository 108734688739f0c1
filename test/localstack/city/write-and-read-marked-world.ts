import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openSqlite } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import type { SnapshotFolders } from '../../../localstack/embedded/city/snapshots/list-read-and-remove-snapshots.ts';
import { checkpointFile } from '../../../localstack/embedded/city/state/simulation-checkpoint-file.ts';
import { writeAtomic } from '../../../localstack/embedded/storage/write-atomically-and-read-json.ts';

const DATABASES = ['log.sqlite', 'tables.sqlite'];
const OBJECTS = 20;
const ROWS = 50;
const PADDING = 'x'.repeat(400);

/** Returns empty folders for a world and its snapshots. */
export function temporaryFolders(): SnapshotFolders & Disposable & { readonly home: string } {
  const home = mkdtempSync(join(tmpdir(), 'agentbricks-snapshots-'));
  const remove = () => rmSync(home, { recursive: true });
  return { home, world: join(home, 'worlds/city'), snapshots: join(home, 'snapshots/city'), [Symbol.dispose]: remove };
}

interface Amount {
  readonly objects?: number;
  readonly rows?: number;
}

/** Writes a world in which every file contains one number. A file that only this number has is called `only-<number>`. */
export function writeWorld(world: string, number: number, { objects = OBJECTS, rows = ROWS }: Amount = {}): void {
  rmSync(join(world, 'objects/lake'), { recursive: true, force: true });
  mkdirSync(world, { recursive: true });
  for (const name of DATABASES) {
    const database = openSqlite(join(world, name));
    database.exec('CREATE TABLE IF NOT EXISTS numbers (number INTEGER, padding TEXT); BEGIN; DELETE FROM numbers');
    const insert = database.prepare('INSERT INTO numbers VALUES (?, ?)');
    for (let row = 0; row < rows; row++) insert.run(number, PADDING);
    database.exec('COMMIT');
    database.close();
  }
  for (let i = 0; i < objects; i++) write(join(world, `objects/lake/${i % 10}/${i}.txt`), number);
  write(join(world, `objects/lake/only-${number}.txt`), number);
  write(join(world, 'city.json'), number);
  checkpointFile(world).write({ hoursDone: number, universe: Buffer.from(String(number)) });
}

function write(path: string, number: number): void {
  mkdirSync(dirname(path), { recursive: true });
  if (path.endsWith('city.json')) writeAtomic(path, Buffer.from(String(number)));
  else writeFileSync(path, String(number));
}

/** Returns the different numbers in all files of a world: exactly one, unless it is a mixture. */
export function numbersIn(world: string): number[] {
  const texts = globSync('{city.json,objects/**/*.txt}', { cwd: world }).map((path) =>
    Number(readFileSync(join(world, path), 'utf8')),
  );
  const names = globSync('objects/**/only-*.txt', { cwd: world }).map((path) => Number(/only-(\d+)/.exec(path)?.[1]));
  return [...new Set([...texts, ...names, ...DATABASES.flatMap((name) => storedIn(join(world, name))), hours(world)])];
}

const hours = (world: string) => checkpointFile(world).read()?.hoursDone ?? Number.NaN;

function storedIn(path: string): number[] {
  if (!existsSync(path)) return [Number.NaN];
  const database = openSqlite(path);
  try {
    return database
      .prepare('SELECT DISTINCT number FROM numbers')
      .all()
      .map(({ number }) => Number(number));
  } finally {
    database.close();
  }
}
