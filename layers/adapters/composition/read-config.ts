import { resolve } from 'node:path';
import { z } from 'zod';
import { BrickError } from '#domain/core/brick-error.ts';
import type { Settings } from '#domain/core/recommendation-settings-types.ts';
import type { Routes } from '../api-client/http-api-with-overload-retries.ts';
import { ApiAuth } from '../auth/api-auth-config.ts';

const share = z.coerce.number().min(0).max(1);
const url = z.string().min(1);
const BROKER = /^[\w.-]+:\d{1,5}$/;

/** Variables that every configuration has, with their default values. The embedded adapters need no other variables. */
const Common = z.object({
  /** Folder of the embedded adapters. */
  DATA_DIR: z.string().min(1).default('.agentbricks/worlds/city'),
  VECTOR_INDEX: z.enum(['auto', 'faiss', 'usearch']).default('auto'),
  /** Path of our binding of FAISS (layers/native/faiss/build.sh). */
  FAISS_LIBRARY: z.string().min(1).default(resolve('.agentbricks/faiss/faiss.node')),
  POLICY: z.enum(['champion', 'popular', 'random']).default('champion'),
  HOLDBACK_SHARE: share.default(0.1),
  EXPLORATION_SHARE: share.default(0.05),
  METRICS_NAMESPACE: z.string().min(1).default('AgentBricks'),
  LOG_LEVEL: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR', 'SILENT']).default('INFO'),
  AWS_ENDPOINT_URL: z.string().optional(),
  /** MLflow server that records training runs, if set. The variables are those of MLflow's own clients. */
  MLFLOW_TRACKING_URI: z.string().optional(),
  MLFLOW_EXPERIMENT_NAME: z.string().min(1).default('agentbricks'),
  MLFLOW_TRACKING_TOKEN: z.string().optional(),
  MLFLOW_TRACKING_USERNAME: z.string().optional(),
  MLFLOW_TRACKING_PASSWORD: z.string().optional(),
  /**
   * Hosts, separated by commas, to which clients of the serving container may send requests: `host` or `host:port`, as in
   * the header Host. By default all, because only the load balancer can connect.
   */
  ALLOWED_HOSTS: z
    .string()
    .transform((list) => list.split(',').map((host) => host.trim()))
    .optional(),
  /** Base URLs of the APIs that the universe calls. */
  COLLECT_URL: z.url().optional(),
  RECOMMEND_URL: z.url().optional(),
});
const Brokers = z
  .string()
  .transform((list) => list.split(',').map((broker) => broker.trim()))
  .refine((brokers) => brokers.every((broker) => BROKER.test(broker)), 'must be `host:port,host:port,…`');
/** Authentication at the brokers. MSK accepts the function's role; every AWS runtime sets the region. */
const KafkaAuthChoice = z.discriminatedUnion('KAFKA_AUTH', [
  z.object({ KAFKA_AUTH: z.literal('none') }),
  z.object({ KAFKA_AUTH: z.literal('msk-iam'), AWS_REGION: z.string().min(1) }),
]);
const EventLogChoice = z.discriminatedUnion('EVENT_LOG', [
  z.object({ EVENT_LOG: z.literal('embedded') }),
  z.object({ EVENT_LOG: z.literal('kafka'), KAFKA_BROKERS: Brokers }),
]);
const ObjectStoreChoice = z.discriminatedUnion('OBJECT_STORE', [
  z.object({ OBJECT_STORE: z.literal('folder') }),
  z.object({ OBJECT_STORE: z.literal('s3'), LAKE_BUCKET: z.string().min(3), MODELS_BUCKET: z.string().min(3) }),
]);
const TablesChoice = z.discriminatedUnion('TABLES', [
  z.object({ TABLES: z.literal('sqlite') }),
  z.object({
    TABLES: z.literal('dynamodb'),
    IDEMPOTENCY_TABLE: z.string().min(3),
    FEATURES_TABLE: z.string().min(3),
    REGISTRY_TABLE: z.string().min(3),
  }),
]);
const CacheChoice = z.discriminatedUnion('CACHE', [
  z.object({ CACHE: z.literal('memory') }),
  z.object({ CACHE: z.literal('redis'), REDIS_URL: url }),
  /** ElastiCache authenticates the URL's user by the function's role. */
  z.object({
    CACHE: z.literal('elasticache'),
    REDIS_URL: url,
    CACHE_NAME: z.string().min(1),
    AWS_REGION: z.string().min(1),
  }),
]);
const EMBEDDED = {
  EVENT_LOG: 'embedded',
  OBJECT_STORE: 'folder',
  TABLES: 'sqlite',
  CACHE: 'memory',
  KAFKA_AUTH: 'none',
  API_AUTH: 'none',
} as const;

/** The adapter of each port, and the handlers' settings. */
export const Config = Common.and(EventLogChoice)
  .and(KafkaAuthChoice)
  .and(ObjectStoreChoice)
  .and(TablesChoice)
  .and(CacheChoice)
  .and(ApiAuth);
export type Config = z.infer<typeof Config>;

export class BadConfiguration extends BrickError {
  override readonly code = 'BRICK_BAD_CONFIGURATION';
  constructor(problems: readonly string[]) {
    super({
      what: `the environment variables are invalid (${problems.join('; ')})`,
      why: 'a required variable is missing, or its value is not allowed',
      fix: 'Correct these variables, or unset them to use the embedded stores',
    });
  }
}

/** Reads the environment. Only this file does. @throws BadConfiguration that lists every invalid variable */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const parsed = Config.safeParse({ ...EMBEDDED, ...environment });
  if (parsed.success) return parsed.data;
  throw new BadConfiguration(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
}

export const settingsOf = ({ POLICY, HOLDBACK_SHARE, EXPLORATION_SHARE }: Config): Settings => ({
  policy: POLICY,
  holdbackShare: HOLDBACK_SHARE,
  explorationShare: EXPLORATION_SHARE,
});

/** Returns the base URL of the API for each path prefix. */
export const routesOf = ({ COLLECT_URL, RECOMMEND_URL }: Config): Routes => ({
  ...(COLLECT_URL ? { '/v1/events': COLLECT_URL } : {}),
  ...(RECOMMEND_URL ? { '/v1/recommendations': RECOMMEND_URL } : {}),
});

/** Returns the environment of a child process: this process's environment with additional variables. */
export const environmentWith = (extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...process.env,
  ...extra,
});
