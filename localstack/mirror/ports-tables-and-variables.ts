/** Ports of the mirror's servers on 127.0.0.1, the same as in docker-compose.yml and its configuration files. */
export const PORTS = { aws: 4566, kafka: 9092, cache: 6379, prometheus: 9090, grafana: 3000, mlflow: 5000 } as const;
export type Ports = Readonly<Record<keyof typeof PORTS, number>>;

/** Port of the service that runs next to the mirror. */
export const SERVICE_PORT = 8080;

export const LOOPBACK = '127.0.0.1';
export const httpUrl = (port: number): string => `http://${LOOPBACK}:${port}`;

/** Names of the mirror's tables, by environment variable (layers/adapters/composition/read-config.ts). */
export const TABLES = {
  IDEMPOTENCY_TABLE: 'agentbricks-idempotency',
  FEATURES_TABLE: 'agentbricks-features',
  REGISTRY_TABLE: 'agentbricks-registry',
} as const;

/** Credentials that only an emulator accepts. */
export const EMULATED = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

/**
 * Returns the environment variables with which the service uses the mirror. The lake stays in a local folder, where
 * DuckDB reads it.
 *
 * @param running names of the running servers
 */
export const environmentOf = (ports: Ports, running: readonly (keyof Ports)[]): Readonly<Record<string, string>> => ({
  EVENT_LOG: 'kafka',
  KAFKA_BROKERS: `${LOOPBACK}:${ports.kafka}`,
  CACHE: 'redis',
  REDIS_URL: `redis://${LOOPBACK}:${ports.cache}`,
  TABLES: 'dynamodb',
  ...TABLES,
  AWS_ENDPOINT_URL: httpUrl(ports.aws),
  ...EMULATED,
  ...(running.includes('mlflow') ? { MLFLOW_TRACKING_URI: httpUrl(ports.mlflow) } : {}),
});
