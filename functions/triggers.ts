import { EVENTS, EVENTS_DLQ, EXPOSURES, EXPOSURES_DLQ } from '#domain/events/event-log-topics.ts';

/** The trigger of a function. */
export type On =
  | { readonly kind: 'route'; readonly method: 'GET' | 'POST'; readonly path: string }
  | {
      readonly kind: 'topic';
      readonly topics: readonly string[];
      /** Consumer group. Its offsets are committed after the handler returns. */
      readonly group: string;
      readonly batchSize: number;
      /** Maximum seconds to wait for a full batch. @default - none: records are delivered immediately */
      readonly batchingWindowSeconds?: number;
    }
  | { readonly kind: 'schedule'; readonly everyMinutes: number }
  /** A Task state of a state machine, by name. */
  | { readonly kind: 'state'; readonly state: string }
  /**
   * API Gateway calls the function to authenticate each request. The embedded runtime does not authenticate callers.
   */
  | { readonly kind: 'authorizer' };

export type Access = 'read' | 'write' | 'readWrite';

/** Resources that a function may use. The IAM permissions on AWS are derived from this only. */
export interface Uses {
  /** Topics to which it appends. */
  readonly appends?: readonly string[];
  readonly tables?: Readonly<Partial<Record<'idempotency' | 'features' | 'registry', Access>>>;
  readonly buckets?: Readonly<Partial<Record<'lake' | 'models', Access>>>;
  readonly cache?: true;
  readonly metrics?: 'read';
  /** Whether it calls the service's own API. */
  readonly api?: true;
  /** Whether it may read the callers' credentials. */
  readonly callers?: true;
  /** Lambda layers with binaries (layers/native). */
  readonly native?: readonly ('duckdb' | 'onnxruntime' | 'faiss' | 'kafka')[];
}

export type Brick =
  | 'universe'
  | 'data-collection'
  | 'feature-engineering'
  | 'model-training'
  | 'recommendation'
  | 'monitoring'
  | 'orchestration'
  /** The authorizer in front of each API. It has no separate stack. */
  | 'access';

export interface Trigger {
  readonly brick: Brick;
  /** Folder under `functions/<brick>/`. Its `index.ts` is the entry on AWS, and its `handler.ts` receives the ports. */
  readonly folder: string;
  readonly on: On;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly uses: Uses;
}

/** Maximum number of records per invocation of the archiver. */
const ARCHIVE_BATCH = 10_000;
/**
 * Seconds that the archiver waits for a full batch. Each batch is written to separate files, so large batches mean few
 * files.
 */
const ARCHIVE_WINDOW = 10;
/** Maximum number of records per invocation of other consumers. */
const CONSUMER_BATCH = 1_000;

/**
 * The triggers of all functions. lib/ builds the stacks from this table and localstack/embedded/ the local runtime, so
 * cloud and laptop have the same functions.
 */
export const triggers = {
  'live-shard': {
    brick: 'universe',
    folder: 'live-shard',
    on: { kind: 'state', state: 'LiveShard' },
    memoryMb: 1_024,
    timeoutSeconds: 900,
    uses: { buckets: { lake: 'readWrite' }, api: true },
  },
  'generate-shard': {
    brick: 'universe',
    folder: 'generate-shard',
    on: { kind: 'state', state: 'GenerateShard' },
    memoryMb: 2_048,
    timeoutSeconds: 900,
    uses: { buckets: { lake: 'readWrite' }, native: ['duckdb'] },
  },
  authorize: {
    brick: 'access',
    folder: 'authorize',
    on: { kind: 'authorizer' },
    memoryMb: 256,
    timeoutSeconds: 5,
    uses: { callers: true },
  },
  collect: {
    brick: 'data-collection',
    folder: 'collect',
    on: { kind: 'route', method: 'POST', path: '/v1/events' },
    memoryMb: 512,
    timeoutSeconds: 10,
    uses: { appends: [EVENTS, EVENTS_DLQ], tables: { idempotency: 'readWrite' }, native: ['kafka'] },
  },
  archive: {
    brick: 'data-collection',
    folder: 'archive',
    on: {
      kind: 'topic',
      topics: [EVENTS, EXPOSURES],
      group: 'archiver',
      batchSize: ARCHIVE_BATCH,
      batchingWindowSeconds: ARCHIVE_WINDOW,
    },
    memoryMb: 1_024,
    timeoutSeconds: 120,
    uses: { appends: [EVENTS_DLQ, EXPOSURES_DLQ], buckets: { lake: 'write' }, native: ['duckdb', 'kafka'] },
  },
  'await-archive': {
    brick: 'data-collection',
    folder: 'await-archive',
    on: { kind: 'state', state: 'Archive' },
    memoryMb: 256,
    timeoutSeconds: 30,
    uses: { native: ['kafka'] },
  },
  compact: {
    brick: 'data-collection',
    folder: 'compact',
    on: { kind: 'schedule', everyMinutes: 60 },
    memoryMb: 3_008,
    timeoutSeconds: 900,
    uses: { buckets: { lake: 'readWrite' }, native: ['duckdb', 'kafka'] },
  },
  'update-online': {
    brick: 'feature-engineering',
    folder: 'update-online',
    on: { kind: 'topic', topics: [EVENTS], group: 'online-features', batchSize: CONSUMER_BATCH },
    memoryMb: 512,
    timeoutSeconds: 60,
    uses: { appends: [EVENTS_DLQ], tables: { features: 'readWrite' }, native: ['kafka'] },
  },
  'build-features': {
    brick: 'feature-engineering',
    folder: 'build-features',
    on: { kind: 'state', state: 'Features' },
    memoryMb: 3_008,
    timeoutSeconds: 600,
    uses: {
      buckets: { lake: 'readWrite', models: 'read' },
      tables: { features: 'readWrite', registry: 'read' },
      native: ['duckdb'],
    },
  },
  'refresh-online': {
    brick: 'feature-engineering',
    folder: 'refresh-online',
    on: { kind: 'schedule', everyMinutes: 15 },
    memoryMb: 3_008,
    timeoutSeconds: 600,
    uses: { buckets: { lake: 'read' }, tables: { features: 'readWrite' }, native: ['duckdb'] },
  },
  'check-parity': {
    brick: 'feature-engineering',
    folder: 'check-parity',
    on: { kind: 'schedule', everyMinutes: 5 },
    memoryMb: 3_008,
    timeoutSeconds: 120,
    uses: { buckets: { lake: 'read' }, tables: { features: 'read' }, native: ['duckdb'] },
  },
  evaluate: {
    brick: 'model-training',
    folder: 'evaluate',
    on: { kind: 'state', state: 'Evaluate' },
    memoryMb: 1_024,
    timeoutSeconds: 120,
    uses: { buckets: { lake: 'read', models: 'readWrite' }, tables: { registry: 'readWrite' } },
  },
  recommend: {
    brick: 'recommendation',
    folder: 'recommend',
    on: { kind: 'route', method: 'GET', path: '/v1/recommendations' },
    memoryMb: 1_024,
    timeoutSeconds: 10,
    uses: {
      appends: [EXPOSURES],
      tables: { features: 'read', registry: 'read' },
      buckets: { models: 'read' },
      cache: true,
      native: ['kafka', 'onnxruntime', 'faiss'],
    },
  },
  'watch-slo': {
    brick: 'monitoring',
    folder: 'watch-slo',
    on: { kind: 'schedule', everyMinutes: 1 },
    memoryMb: 256,
    timeoutSeconds: 30,
    uses: { metrics: 'read' },
  },
  gate: {
    brick: 'orchestration',
    folder: 'gate',
    on: { kind: 'state', state: 'Gate' },
    memoryMb: 256,
    timeoutSeconds: 30,
    uses: { buckets: { models: 'read' }, tables: { registry: 'read' } },
  },
  promote: {
    brick: 'orchestration',
    folder: 'promote',
    on: { kind: 'state', state: 'Promote' },
    memoryMb: 256,
    timeoutSeconds: 30,
    uses: { buckets: { models: 'read' }, tables: { registry: 'readWrite' } },
  },
  'plan-runs': {
    brick: 'orchestration',
    folder: 'plan-runs',
    on: { kind: 'state', state: 'Plan' },
    memoryMb: 256,
    timeoutSeconds: 30,
    uses: {},
  },
  'watch-canary': {
    brick: 'orchestration',
    folder: 'watch-canary',
    on: { kind: 'schedule', everyMinutes: 5 },
    memoryMb: 1_024,
    timeoutSeconds: 120,
    uses: { buckets: { lake: 'read' }, tables: { registry: 'readWrite' }, native: ['duckdb'] },
  },
} as const satisfies Record<string, Trigger>;

export type TriggerName = keyof typeof triggers;
