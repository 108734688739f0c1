import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Now } from '#domain/core/time.ts';
import type { Ports } from '#ports/index.ts';
import { realDeadlines } from '../deadlines/real-time-deadlines.ts';
import type { Config } from './read-config.ts';

type Stores = Pick<Ports, 'lake' | 'models'>;
type Tables = Pick<Ports, 'idempotency' | 'features' | 'registry'>;

/** Ports that the runtime supplies itself. */
export type Supplied = Pick<Ports, 'telemetry' | 'metricReader'> & Partial<Pick<Ports, 'now' | 'newId' | 'deadlines'>>;

/** Connects each port to its adapter. Only this file chooses technologies. */
export async function connect(config: Config, supplied: Supplied): Promise<Ports> {
  const now = supplied.now ?? Date.now;
  return {
    eventLog: await eventLog(config),
    ...(await stores(config)),
    ...(await tables(config, now)),
    cache: await cache(config, now),
    ...lazyNatives(config),
    tracker: tracker(config),
    newId: randomUUID,
    deadlines: realDeadlines(),
    ...supplied,
    now,
  };
}

/**
 * Returns ports that import their binary packages when they load the first model. Most functions do not have these
 * packages.
 */
const lazyNatives = ({ VECTOR_INDEX, FAISS_LIBRARY }: Config): Pick<Ports, 'vectorIndexes' | 'modelRuntime'> => ({
  vectorIndexes: {
    load: async (files) => {
      const { vectorIndexes } = await import('../vector-index/choose-faiss-or-usearch.ts');
      return (await vectorIndexes(VECTOR_INDEX, FAISS_LIBRARY)).load(files);
    },
  },
  modelRuntime: {
    load: async (bytes) => (await import('../model-runtime/onnx.ts')).onnxRuntime().load(bytes),
  },
});

async function eventLog(config: Config): Promise<Ports['eventLog']> {
  switch (config.EVENT_LOG) {
    case 'kafka': {
      const { kafkaEventLog } = await import('../event-log/kafka.ts');
      return kafkaEventLog({ brokers: config.KAFKA_BROKERS, token: await kafkaToken(config) });
    }
    case 'embedded':
      mkdirSync(config.DATA_DIR, { recursive: true });
      return (await import('../event-log/embedded.ts')).embeddedEventLog({ path: join(config.DATA_DIR, 'log.sqlite') });
  }
}

async function kafkaToken(config: Config): Promise<(() => Promise<string>) | undefined> {
  if (config.KAFKA_AUTH === 'none') return undefined;
  return (await import('../event-log/msk-token.ts')).mskToken({ region: config.AWS_REGION });
}

async function stores(config: Config): Promise<Stores> {
  if (config.OBJECT_STORE === 's3') {
    const { s3ObjectStore } = await import('../object-store/s3.ts');
    const open = (bucket: string) => s3ObjectStore({ bucket, endpoint: config.AWS_ENDPOINT_URL });
    return { lake: open(config.LAKE_BUCKET), models: open(config.MODELS_BUCKET) };
  }
  const { folderObjectStore } = await import('../object-store/folder.ts');
  const open = (name: string) => folderObjectStore({ root: join(config.DATA_DIR, 'objects', name) });
  return { lake: open('lake'), models: open('models') };
}

async function tables(config: Config, now: Now): Promise<Tables> {
  if (config.TABLES === 'dynamodb') {
    const { dynamoDbTable } = await import('../table/dynamodb.ts');
    const open = (table: string) => dynamoDbTable({ table, now, endpoint: config.AWS_ENDPOINT_URL });
    const { IDEMPOTENCY_TABLE, FEATURES_TABLE, REGISTRY_TABLE } = config;
    return { idempotency: open(IDEMPOTENCY_TABLE), features: open(FEATURES_TABLE), registry: open(REGISTRY_TABLE) };
  }
  const { openSqlite } = await import('../sqlite/open-sqlite-with-storage-errors.ts');
  const { sqliteTable } = await import('../table/sqlite.ts');
  const { threadedWriter } = await import('../sqlite/inline-and-threaded-writers.ts');
  const path = join(config.DATA_DIR, 'tables.sqlite');
  const [database, writer] = [openSqlite(path), threadedWriter(path)];
  const open = (name: keyof Tables, smallItems = false) => sqliteTable(database, name, { now, writer, smallItems });
  const registry = open('registry');
  const close = async () => {
    await registry[Symbol.asyncDispose]();
    await writer[Symbol.asyncDispose]();
    database.close();
  };
  // The three tables share one file. `disconnect` disposes of the registry last, which closes the file.
  return {
    idempotency: open('idempotency', true),
    features: open('features'),
    registry: { ...registry, [Symbol.asyncDispose]: close },
  };
}

async function cache(config: Config, now: Now): Promise<Ports['cache']> {
  if (config.CACHE === 'memory') return (await import('../cache/memory.ts')).memoryCache({ now });
  const { redisCache } = await import('../cache/redis.ts');
  return redisCache({ url: config.REDIS_URL, password: await cachePassword(config) });
}

async function cachePassword(config: Config): Promise<(() => Promise<string>) | undefined> {
  if (config.CACHE !== 'elasticache') return undefined;
  const { elastiCacheToken } = await import('../cache/elasticache-token.ts');
  return elastiCacheToken({
    cache: config.CACHE_NAME,
    user: new URL(config.REDIS_URL).username,
    region: config.AWS_REGION,
  });
}

/** Returns a tracker for MLflow if its address is set. The variables have the names that MLflow's own clients use. */
function tracker(config: Config): Ports['tracker'] {
  const { MLFLOW_TRACKING_URI: uri, MLFLOW_EXPERIMENT_NAME: experiment, MLFLOW_TRACKING_TOKEN: token } = config;
  if (!uri) return undefined;
  const { MLFLOW_TRACKING_USERNAME: username, MLFLOW_TRACKING_PASSWORD: password } = config;
  return {
    record: async (run) => {
      const { mlflowTracker } = await import('../experiment-tracker/mlflow.ts');
      await mlflowTracker({ uri, experiment, token, username, password }).record(run);
    },
  };
}

/** Closes all ports that hold resources, in an order in which no port writes to a closed store. */
export async function disconnect(ports: Ports): Promise<void> {
  const { cache: fast, eventLog: log, lake, models, idempotency, features, registry } = ports;
  for (const port of [fast, log, lake, models, idempotency, features, registry]) await port[Symbol.asyncDispose]();
}
