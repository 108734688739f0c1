import type { Now } from '#domain/core/time.ts';
import type { Cache } from './cache.ts';
import type { EventLog } from './event-log.ts';
import type { ExperimentTracker } from './experiment-tracker.ts';
import type { ModelRuntime } from './model-runtime.ts';
import type { ObjectStore } from './object-store.ts';
import type { Deadlines } from './request-deadlines.ts';
import type { Table } from './table.ts';
import type { MetricReader, Telemetry } from './telemetry.ts';
import type { VectorIndexes } from './vector-index.ts';

/**
 * All external resources that a handler may use. layers/adapters/composition/connect-ports.ts chooses an adapter for
 * each of them.
 */
export interface Ports {
  readonly eventLog: EventLog;
  /** The data lake: `lake/…` (Parquet) and `runs/<runId>/…` (features, training sets). */
  readonly lake: ObjectStore;
  /** Model files: `models/<version>/…`. */
  readonly models: ObjectStore;
  /** Ids of ingested events: pk `event#<eventId>`. */
  readonly idempotency: Table;
  /** Online features (layers/domain/features/feature-names-and-online-items.ts). */
  readonly features: Table;
  /** Model versions, aliases and their histories (layers/domain/models/model-registry-items.ts). */
  readonly registry: Table;
  readonly cache: Cache;
  readonly vectorIndexes: VectorIndexes;
  readonly modelRuntime: ModelRuntime;
  /** @default - runs are not recorded outside the registry */
  readonly tracker?: ExperimentTracker;
  readonly telemetry: Telemetry;
  readonly metricReader: MetricReader;
  readonly now: Now;
  /** Time limits of stages and invocations. */
  readonly deadlines: Deadlines;
  /** Returns a new unique id: random on AWS, a counter in a simulated run. */
  readonly newId: () => string;
}
