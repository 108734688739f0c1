import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '#adapters/composition/config.ts';
import { embeddedEventLog } from '#adapters/event-log/embedded.ts';
import { folderObjectStore } from '#adapters/object-store/folder.ts';
import { openSqlite } from '#adapters/sqlite/sqlite.ts';
import { sqliteTable } from '#adapters/table/sqlite.ts';
import { BrickError } from '#domain/core/errors.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import type { Table } from '#ports/table.ts';
import { latestIngest } from '../../localstack/embedded/city/state/latest-ingest.ts';
import { NoWorldYet } from '../commands/city/recommend.ts';
import { homeAt } from './home.ts';

export interface WorldOptions {
  readonly home: string;
  /** @default - the current one */
  readonly world?: string;
  readonly json?: boolean;
}

/** Which registry: a world's on this machine, or a deployed one's table and bucket. */
export interface RegistryOptions extends WorldOptions {
  /** Name of the DynamoDB table; with it, `bucket`. */
  readonly table?: string;
  readonly bucket?: string;
}

export type Registry = ReturnType<typeof modelRegistry>;

export class NoBucket extends BrickError {
  override readonly code = 'BRICK_NO_BUCKET';
  constructor(table: string) {
    super({
      what: `the table ${table} is named without a bucket`,
      why: 'the table holds aliases, and the bucket the files that they lead to',
      fix: 'Name the bucket of models too, with --bucket',
    });
  }
}

/** Who is at the keyboard, for the alias log. */
export const whoAmI = (): string => userInfo().username;

/**
 * Opens a registry. A world may be lived in meanwhile: aliases move by compare-and-swap, and what serves looks at them
 * every few seconds. @throws NoWorldYet
 */
export async function inRegistry<Result>(
  options: RegistryOptions,
  work: (registry: Registry) => Promise<Result>,
): Promise<Result> {
  const { registry, models, now, close } = options.table ? await deployed(options) : await openWorldStores(options);
  try {
    return await work(modelRegistry({ registry, models, now }));
  } finally {
    await close();
  }
}

interface Opened {
  readonly registry: Table;
  readonly models: ObjectStore;
  readonly now: () => number;
  readonly close: () => Promise<void>;
}

/** A world's stores, beside whoever lives in it: to read them, and to move aliases. @throws NoWorldYet */
export async function openWorldStores(options: WorldOptions) {
  const home = homeAt(options.home);
  const world = options.world ?? home.currentWorld();
  const folder = home.world(world);
  if (!existsSync(join(folder, 'log.sqlite'))) throw new NoWorldYet(world);
  const objects = (name: string) => folderObjectStore({ root: join(folder, 'objects', name) });
  const eventLog = embeddedEventLog({ path: join(folder, 'log.sqlite') });
  // A world has a clock of its own, which stands where its last event came in.
  const at = ((await latestIngest(eventLog)) ?? Date.now()) + 1;
  const database = openSqlite(join(folder, 'tables.sqlite'));
  return {
    registry: sqliteTable(database, 'registry', { now: () => at }),
    models: objects('models'),
    lake: objects('lake'),
    eventLog,
    now: () => at,
    close: async () => {
      database.close();
      await eventLog[Symbol.asyncDispose]();
    },
  };
}

async function deployed({ table = '', bucket }: RegistryOptions): Promise<Opened> {
  if (!bucket) throw new NoBucket(table);
  const { AWS_ENDPOINT_URL: endpoint } = readConfig();
  const { dynamoDbTable } = await import('#adapters/table/dynamodb.ts');
  const { s3ObjectStore } = await import('#adapters/object-store/s3.ts');
  const [registry, models] = [dynamoDbTable({ table, now: Date.now, endpoint }), s3ObjectStore({ bucket, endpoint })];
  const close = async () => {
    await registry[Symbol.asyncDispose]();
    await models[Symbol.asyncDispose]();
  };
  return { registry, models, now: Date.now, close };
}
