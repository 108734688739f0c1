import type { Now } from '#domain/core/time.ts';
import type { Cache } from './cache.ts';
import type { Deadlines } from './deadlines.ts';
import type { EventLog } from './event-log.ts';
import type { ExperimentTracker } from './experiment-tracker.ts';
import type { ModelRuntime } from './model-runtime.ts';
import type { ObjectStore } from './object-store.ts';
import type { Table } from './table.ts';
import type { MetricReader, Telemetry } from './telemetry.ts';
import type { VectorIndexes } from './vector-index.ts';

/** Everything a handler may touch outside itself. layers/adapters/composition/connect.ts chooses what stands behind each. */
export interface Ports {
  readonly eventLog: EventLog;
  /** The data lake: `lake/…` (Parquet) and `runs/<runId>/…` (features, training sets). */
  readonly lake: ObjectStore;
  /** Model artifacts: `models/<version>/…`. */
  readonly models: ObjectStore;
  /** Which events were taken in: pk `event#<eventId>`. */
  readonly idempotency: Table;
  /** Online features (layers/domain/features/features.ts). */
  readonly features: Table;
  /** Model versions, aliases and their log (layers/domain/models/model-versions.ts). */
  readonly registry: Table;
  readonly cache: Cache;
  readonly vectorIndexes: VectorIndexes;
  readonly modelRuntime: ModelRuntime;
  /** @default - nobody is told of runs */
  readonly tracker?: ExperimentTracker;
  readonly telemetry: Telemetry;
  readonly metricReader: MetricReader;
  readonly now: Now;
  /** How long stages and invocations may take, and by which clock. */
  readonly deadlines: Deadlines;
  /** A fresh identifier: random on AWS, counted in a simulated run. */
  readonly newId: () => string;
}
