import { join } from 'node:path';
import { embeddedEventLog } from '#adapters/event-log/embedded.ts';
import { folderObjectStore } from '#adapters/object-store/folder.ts';
import { openSqlite } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import { sqliteTable } from '#adapters/table/sqlite.ts';
import { latestIngest } from '../../localstack/embedded/city/state/find-latest-ingest-time.ts';
import { existingWorld, type WorldOptions } from './find-existing-world.ts';

/** Opens the stores of a world. Another process may run the world at the same time. @throws WorldNotFound */
export async function openWorldStores(options: WorldOptions) {
  const { folder } = existingWorld(options);
  const objects = (name: string) => folderObjectStore({ root: join(folder, 'objects', name) });
  const eventLog = embeddedEventLog({ path: join(folder, 'log.sqlite') });
  // A world's time is simulated or imported: it is one millisecond after the newest event.
  const now = ((await latestIngest(eventLog)) ?? Date.now()) + 1;
  const database = openSqlite(join(folder, 'tables.sqlite'));
  return {
    registry: sqliteTable(database, 'registry', { now: () => now }),
    models: objects('models'),
    lake: objects('lake'),
    eventLog,
    now: () => now,
    close: async () => {
      database.close();
      await eventLog[Symbol.asyncDispose]();
    },
  };
}
