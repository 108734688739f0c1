import { EVENTS, EVENTS_DLQ, EXPOSURES } from '#domain/events/topics.ts';

/** What invokes a function. */
export type On =
  | { readonly kind: 'route'; readonly method: 'GET' | 'POST'; readonly path: string }
  | {
      readonly kind: 'topic';
      readonly topics: readonly string[];
      /** Consumer group; its offsets are committed after the handler returns. */
      readonly group: string;
      readonly batchSize: number;
      /** Seconds that records may wait for a fuller batch. @default - none: they are delivered at once */
      readonly batchingWindowSeconds?: number;
      /** Attempts before a record goes to the topic's dead-letter queue. */
      readonly maxAttempts: number;
    }
  | { readonly kind: 'schedule'; readonly everyMinutes: number }
  /** A Task of a state machine, by its state's name. */
  | { readonly kind: 'state'; readonly state: string }
  /** API Gateway asks it who calls, before it lets a request in; the embedded runtime lets everybody in. */
  | { readonly kind: 'authorizer' };

export type Access = 'read' | 'write' | 'readWrite';

/** What a function may touch: IAM grants on AWS come from this and from nothing else. */
export interface Uses {
  /** Topics it appends to. */
  readonly appends?: readonly string[];
  readonly tables?: Readonly<Partial<Record<'idempotency' | 'features' | 'registry', Access>>>;
  readonly buckets?: Readonly<Partial<Record<'lake' | 'models', Access>>>;
  readonly cache?: true;
  readonly metrics?: 'read';
  /** Asks the service's own API. */
  readonly api?: true;
  /** Knows who may ask it. */
  readonly callers?: true;
  /** Binary layers (layers/native). */
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
  /** What stands before each API: it has no stack of its own. */
  | 'access';

export interface Trigger {
  readonly brick: Brick;
  /** Folder under `functions/<brick>/` whose `index.ts` is the AWS entry and whose `handler.ts` takes the ports. */
  readonly folder: string;
  readonly on: On;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly uses: Uses;
}

const ARCHIVE_BATCH = 10_000;
/** Every batch becomes files of its own: a window keeps them few. */
const ARCHIVE_WINDOW = 10;
const CONSUMER_BATCH = 1_000;

/**
 * The one table of what invokes what. lib/ makes the stacks from it and localstack/embedded/ the local runtime,
 * so cloud and laptop cannot drift.
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
      maxAttempts: 5,
    },
    memoryMb: 1_024,
    timeoutSeconds: 120,
    uses: { buckets: { lake: 'write' }, native: ['duckdb'] },
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
    on: { kind: 'topic', topics: [EVENTS], group: 'online-features', batchSize: CONSUMER_BATCH, maxAttempts: 5 },
    memoryMb: 512,
    timeoutSeconds: 60,
    uses: { tables: { features: 'readWrite' } },
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
