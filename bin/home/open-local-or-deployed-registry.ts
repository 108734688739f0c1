import { userInfo } from 'node:os';
import { readConfig } from '#adapters/composition/read-config.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import type { Table } from '#ports/table.ts';
import type { WorldOptions } from './find-existing-world.ts';
import { openWorldStores } from './open-world-stores.ts';

/** Selects a registry: that of a world on this machine, or a deployed one by its table and bucket. */
export interface RegistryOptions extends WorldOptions {
  /** Name of the DynamoDB table. It requires `bucket`. */
  readonly table?: string;
  readonly bucket?: string;
}

export type Registry = ReturnType<typeof modelRegistry>;

interface RegistryStores {
  readonly registry: Table;
  readonly models: ObjectStore;
  readonly now: () => number;
  readonly close: () => Promise<void>;
}

class BucketMissing extends BrickError {
  override readonly code = 'BRICK_NO_BUCKET';
  constructor(table: string) {
    super({
      what: `--table ${table} was given without --bucket`,
      why: 'the table contains the aliases of a deployed model registry, but the model files are in an S3 bucket',
      fix: 'Name the bucket with --bucket',
    });
  }
}

/** Returns the user's login name, for the alias log. */
export const whoAmI = (): string => userInfo().username;

/**
 * Opens a registry, runs the work and closes the registry. A city may serve from it at the same time: aliases move by
 * compare-and-swap, and the serving process polls them every few seconds.
 *
 * @throws WorldNotFound, BucketMissing
 */
export async function withRegistry<Result>(
  options: RegistryOptions,
  work: (registry: Registry) => Promise<Result>,
): Promise<Result> {
  const stores = options.table ? await deployedStores(options) : await openWorldStores(options);
  const { registry, models, now } = stores;
  try {
    return await work(modelRegistry({ registry, models, now }));
  } finally {
    await stores.close();
  }
}

async function deployedStores({ table = '', bucket }: RegistryOptions): Promise<RegistryStores> {
  if (!bucket) throw new BucketMissing(table);
  const { AWS_ENDPOINT_URL: endpoint } = readConfig();
  const { dynamoDbTable } = await import('#adapters/table/dynamodb.ts');
  const { s3ObjectStore } = await import('#adapters/object-store/s3.ts');
  const registry = dynamoDbTable({ table, now: Date.now, endpoint });
  const models = s3ObjectStore({ bucket, endpoint });
  const close = async () => {
    await registry[Symbol.asyncDispose]();
    await models[Symbol.asyncDispose]();
  };
  return { registry, models, now: Date.now, close };
}
