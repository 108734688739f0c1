import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockFolder } from '#adapters/sqlite/folder-lock.ts';
import { openSqlite } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import { listSnapshots } from '../../../localstack/embedded/city/snapshots/list-read-and-remove-snapshots.ts';
import {
  deleteSnapshot,
  restoreSnapshot,
} from '../../../localstack/embedded/city/snapshots/restore-or-delete-snapshot.ts';
import { saveSnapshot } from '../../../localstack/embedded/city/snapshots/save-snapshot.ts';
import { hasUnfinishedReplacement, lockWorld } from '../../../localstack/embedded/storage/replace-world.ts';
import { numbersIn, temporaryFolders, writeWorld } from './write-and-read-marked-world.ts';

const MEGABYTE = 1_000_000;
const namesOf = (folders: Parameters<typeof listSnapshots>[0]) => listSnapshots(folders).map(({ name }) => name);

describe('a snapshot', () => {
  it('restores all files of the world, and removes those that were added later', async () => {
    using folders = temporaryFolders();
    writeWorld(folders.world, 1);
    await saveSnapshot(folders, { name: 'one' });
    writeWorld(folders.world, 2);
    writeFileSync(join(folders.world, 'scenarios.json'), '{}');
    mkdirSync(join(folders.world, 'later'));
    await restoreSnapshot(folders, 'one');
    expect(numbersIn(folders.world)).toEqual([1]);
    expect(
      readdirSync(folders.world)
        .filter((name) => !/^(lock|.*-(wal|shm)$)/.test(name))
        .sort(),
    ).toEqual(['city.json', 'files.json', 'log.sqlite', 'objects', 'tables.sqlite', 'universe']);
  });

  it('does not change with the world, and can be restored again and after the world was deleted', async () => {
    using folders = temporaryFolders();
    writeWorld(folders.world, 1);
    await saveSnapshot(folders, { name: 'one' });
    await restoreSnapshot(folders, 'one');
    writeWorld(folders.world, 2);
    await restoreSnapshot(folders, 'one');
    rmSync(folders.world, { recursive: true });
    await restoreSnapshot(folders, 'one');
    expect(numbersIn(folders.world)).toEqual([1]);
  });

  it('is one moment of a world in which other connections write', async () => {
    using folders = temporaryFolders();
    writeWorld(folders.world, 1, { rows: 30_000 });
    const [log, tables] = ['log.sqlite', 'tables.sqlite'].map((name) => openSqlite(join(folders.world, name)));
    let isOver = false;
    const writer = async () => {
      for (let number = 2; !isOver; number++) {
        // As in the city: the tables change first, and the log records it.
        for (const database of [tables, log]) database?.prepare('INSERT INTO numbers VALUES (?, ?)').run(number, 'x');
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const writing = writer();
    await saveSnapshot(folders, { name: 'busy' });
    isOver = true;
    await writing;
    for (const database of [log, tables]) database?.close();
    const highest = (folder: string, name: string) => {
      const database = openSqlite(join(folder, name));
      const row = database.prepare('SELECT max(number) AS number FROM numbers').get();
      database.close();
      return Number(row?.number);
    };
    expect(highest(folders.world, 'log.sqlite')).toBeGreaterThan(10);
    await restoreSnapshot(folders, 'busy');
    expect(highest(folders.world, 'log.sqlite')).toBe(highest(folders.world, 'tables.sqlite'));
  });

  it('is listed with sizes: files that the world shares are not freed by a deletion', async () => {
    using folders = temporaryFolders();
    writeWorld(folders.world, 1);
    const { bytes } = await saveSnapshot(folders, { name: 'one' });
    const [listed] = listSnapshots(folders);
    expect(listed).toMatchObject({ name: 'one', hoursDone: 1, isAutomatic: false, bytes });
    expect(listed?.ownBytes).toBeLessThan(bytes);
    writeWorld(folders.world, 2);
    // The list of the world's files has not changed.
    const shared = statSync(join(folders.world, 'files.json')).size;
    expect(listSnapshots(folders)[0]?.ownBytes).toBe(bytes - shared);
    await deleteSnapshot(folders, 'one');
    expect(namesOf(folders)).toEqual([]);
    await expect(restoreSnapshot(folders, 'one')).rejects.toThrow(/there is no snapshot one.*has no snapshots/);
  });

  it('has a valid, unused name', async () => {
    using folders = temporaryFolders();
    await expect(saveSnapshot(folders, { name: 'one' })).rejects.toThrow(/contains no world/);
    writeWorld(folders.world, 1);
    await saveSnapshot(folders, { name: 'one' });
    await expect(saveSnapshot(folders, { name: 'one' })).rejects.toThrow(/the snapshot one exists already/);
    for (const name of ['auto-mine', '../up', '', 'UP']) {
      await expect(saveSnapshot(folders, { name })).rejects.toThrow(/is not a valid name/);
    }
    await expect(restoreSnapshot(folders, '../../worlds/city')).rejects.toThrow(/its snapshots are one/);
    const now = () => Date.UTC(2026, 0, 31, 12);
    const names = [await saveSnapshot(folders, {}, { now }), await saveSnapshot(folders, {}, { now })];
    expect(names.map(({ name }) => name)).toEqual(['2026-01-31-120000', '2026-01-31-120000-2']);
  });

  it('is not begun if the disk has too little space', async () => {
    using folders = temporaryFolders();
    writeWorld(folders.world, 1, { rows: 10_000 });
    const freeBytes = () => 52 * MEGABYTE;
    await expect(saveSnapshot(folders, { name: 'one' }, { freeBytes })).rejects.toThrow(
      /has 52 MB free, but \d+ MB are needed.*snapshot delete/,
    );
    await saveSnapshot(folders, { name: 'one' });
    writeWorld(folders.world, 2);
    await expect(restoreSnapshot(folders, 'one', { freeBytes })).rejects.toThrow(/has 52 MB free/);
    expect(numbersIn(folders.world)).toEqual([2]);
  });

  it('is rejected if a file is missing or truncated, and the world stays', async () => {
    using folders = temporaryFolders();
    writeWorld(folders.world, 1);
    await saveSnapshot(folders, { name: 'one' });
    writeWorld(folders.world, 2);
    truncateSync(join(folders.snapshots, 'one/world/tables.sqlite'), 100);
    await expect(restoreSnapshot(folders, 'one')).rejects.toThrow(/tables\.sqlite has 100 of \d+ bytes/);
    rmSync(join(folders.snapshots, 'one/world/tables.sqlite'));
    await expect(restoreSnapshot(folders, 'one')).rejects.toThrow(/tables\.sqlite is missing/);
    expect(numbersIn(folders.world)).toEqual([2]);
  });

  it('is not restored while a process runs the world', async () => {
    using folders = temporaryFolders();
    writeWorld(folders.world, 1);
    await saveSnapshot(folders, { name: 'one' });
    const lock = lockFolder(folders.world);
    await expect(restoreSnapshot(folders, 'one')).rejects.toThrow(/is in use by process/);
    lock.release();
    await restoreSnapshot(folders, 'one');
  });
});

describe('automatic snapshots', () => {
  it('are limited to the last five; those that were saved by hand stay', async () => {
    using folders = temporaryFolders();
    writeWorld(folders.world, 1);
    await saveSnapshot(folders, { name: 'by-hand' }, { now: () => 0 });
    for (let second = 1; second <= 7; second++) {
      await saveSnapshot(folders, { before: 'scenario on bots' }, { now: () => second * 1_000 });
    }
    expect(namesOf(folders)).toEqual(['by-hand', ...[3, 4, 5, 6, 7].map((second) => `auto-1970-01-01-00000${second}`)]);
    expect(listSnapshots(folders)[1]).toMatchObject({ isAutomatic: true, reason: 'scenario on bots' });
  });
});

describe('two snapshots at once', () => {
  it('are saved one after the other, or the second one says that its name exists', async () => {
    using folders = temporaryFolders();
    writeWorld(folders.world, 1);
    const results = await Promise.allSettled(
      ['a', 'b', 'a', undefined].map((name) => saveSnapshot(folders, { name }, { now: () => 0 })),
    );
    expect(results.map(({ status }) => status).filter((status) => status === 'rejected')).toHaveLength(1);
    expect(namesOf(folders)).toEqual(['1970-01-01-000000', 'a', 'b']);
    for (const name of namesOf(folders)) {
      writeWorld(folders.world, 2);
      await restoreSnapshot(folders, name);
      expect(numbersIn(folders.world)).toEqual([1]);
    }
  });

  it('can be restored at once: the world is one of them', async () => {
    using folders = temporaryFolders();
    for (const number of [1, 2]) {
      writeWorld(folders.world, number);
      await saveSnapshot(folders, { name: `n-${number}` });
    }
    await Promise.allSettled(['n-1', 'n-2', 'n-1', 'n-2'].map((name) => restoreSnapshot(folders, name)));
    expect(numbersIn(folders.world)).toHaveLength(1);
  });
});

/** Returns a world that a kill left after `moved` entries of the new content had been moved. */
function halfReplaced(folders: ReturnType<typeof temporaryFolders>, moved: number, deleted: number): void {
  const complete = join(folders.world, '.restored');
  writeWorld(folders.world, 1);
  writeWorld(complete, 2);
  const entries = readdirSync(complete).sort();
  writeFileSync(join(complete, '.entries.json'), JSON.stringify(entries));
  for (const entry of [...readdirSync(folders.world)].sort().slice(0, deleted)) {
    if (entry !== '.restored') rmSync(join(folders.world, entry), { recursive: true });
  }
  for (const entry of entries.slice(0, moved)) {
    rmSync(join(folders.world, entry), { recursive: true, force: true });
    renameSync(join(complete, entry), join(folders.world, entry));
  }
}

describe('a killed restore', () => {
  it.each([
    [0, 0],
    [0, 2],
    [0, 9],
    [1, 9],
    [3, 9],
    [5, 9],
  ])('is completed after %i moved and %i deleted entries', (moved, deleted) => {
    using folders = temporaryFolders();
    halfReplaced(folders, moved, deleted);
    expect(hasUnfinishedReplacement(folders.world)).toBe(true);
    lockWorld(folders.world).release();
    expect(numbersIn(folders.world)).toEqual([2]);
    expect(hasUnfinishedReplacement(folders.world)).toBe(false);
  });

  it('has no effect before the new content is complete', () => {
    using folders = temporaryFolders();
    writeWorld(folders.world, 1);
    writeWorld(join(folders.world, '.restoring'), 2);
    lockWorld(folders.world).release();
    expect(numbersIn(folders.world)).toEqual([1]);
    expect(existsSync(join(folders.world, '.restoring'))).toBe(false);
  });
});

describe('a killed save', () => {
  it('leaves no snapshot, and the next one removes its files', async () => {
    using folders = temporaryFolders();
    writeWorld(folders.world, 1);
    await saveSnapshot(folders, { name: 'one' });
    cpSync(join(folders.snapshots, 'one'), join(folders.snapshots, '.saving'), { recursive: true });
    renameSync(join(folders.snapshots, 'one'), join(folders.snapshots, '.deleting-one'));
    expect(namesOf(folders)).toEqual([]);
    await expect(restoreSnapshot(folders, '.saving')).rejects.toThrow(/there is no snapshot/);
    await saveSnapshot(folders, { name: 'two' });
    expect(readdirSync(folders.snapshots).filter((name) => !name.startsWith('lock'))).toEqual(['two']);
  });
});
