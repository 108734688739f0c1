import type { Json, JsonObject } from '../core/json-value-types.ts';
import type { ClientEvent } from './client-and-stored-events.ts';
import type { SlateItem } from './exposure-schemas.ts';

/** The result of validating one raw event. `code` is a stable identifier in snake_case, `reason` a message for people. */
export type Validated =
  | { readonly ok: true; readonly event: ClientEvent }
  | { readonly ok: false; readonly code: string; readonly reason: string };

/**
 * Validates one raw event before it is ingested. Returns a rejection and never throws, whatever the input.
 *
 * @param raw any JSON value
 * @param receivedAt time of receipt by the service's clock, UTC epoch milliseconds
 */
export type ValidateEvent = (raw: unknown, receivedAt: number) => Validated;

/**
 * Validates the events of one batch outside of this process, and returns one result per event, in order. An event whose
 * validation fails is rejected with the code `validator_failed`. Never rejects. Returns undefined if `validateEvent` must
 * validate the batch.
 */
export type ValidateEvents = (
  raws: readonly unknown[],
  receivedAt: number,
) => Promise<readonly Validated[]> | undefined;

/** A title of a slate, before exploration. */
export type SlateTitle = Pick<SlateItem, 'titleId' | 'score' | 'source'>;

/** Titles from which exploration samples. */
export interface Pool {
  size(): number;
  /** Returns whether the pool has at least this many titles, usually without counting them. */
  holds(count: number): boolean;
  /**
   * Samples a title that is not yet taken, uniformly.
   *
   * @param unit returns a random number in [0, 1) for each attempt
   * @returns undefined if no title is left
   */
  sample(unit: (attempt: number) => number, taken: ReadonlySet<string>): string | undefined;
}

export interface Exploration {
  /** Probability that a position explores, 0 to 1. */
  readonly share: number;
  /** Titles that may be shown and are not in the slate. */
  readonly pool: Pool;
  /** Seed of the random numbers: the same request explores the same way. */
  readonly requestId: string;
}

/** The seam of step 04.7. */
export type Explore = (slate: readonly SlateTitle[], exploration: Exploration) => SlateItem[];

/** A pool as values that can be sent to another process. It samples the same titles as the pool itself. */
export interface PoolList {
  readonly titleIds: readonly string[];
  /** The titles of the list that may not be sampled. */
  readonly excluded: readonly string[];
}

/** Arguments of an exploration in another process. */
export type ListedExploration = Pick<Exploration, 'share' | 'requestId'> & PoolList;

/** Explores slates outside of this process. Returns undefined if `explore` must do it. Never rejects. */
export type ExploreSlate = (
  slate: readonly SlateTitle[],
  exploration: () => ListedExploration,
) => Promise<readonly SlateItem[] | undefined> | undefined;

/** Numbers of new events and of repeats in a batch. */
export interface Collected {
  readonly accepted: number;
  readonly duplicates: number;
}

/** The ports of a batch's events, with the time of receipt. Their contracts are those of EventLog and Table. */
export interface CollectorPorts {
  readonly eventLog: {
    append(
      topic: string,
      records: readonly CollectorRecord[],
    ): Promise<readonly { partition: number; offset: number }[]>;
  };
  readonly idempotency: {
    getMany<Item = object>(keys: readonly CollectorKey[]): Promise<readonly (Item | undefined)[]>;
    putMany(entries: readonly CollectorEntry[]): Promise<void>;
  };
  /** UTC epoch milliseconds. */
  readonly now: () => number;
  readonly headers: Readonly<Record<string, string>>;
}

/** A record of the event log, before it has a position. */
export interface CollectorRecord {
  readonly key: string;
  readonly value: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timestamp: number;
}

export interface CollectorKey {
  readonly pk: string;
  readonly sk: string;
}

/** An item of the idempotency table. */
export interface CollectorEntry {
  readonly key: CollectorKey;
  readonly item: object;
  readonly expiresAt?: number;
}

/** The seam of step 01.3. */
export type CollectEvents = (accepted: readonly ClientEvent[], ports: CollectorPorts) => Promise<Collected>;

/**
 * Stores the valid events of a batch with a function outside of this process. All events are durable when it resolves
 * with their numbers. Returns or resolves with undefined if `collectEvents` must store the batch. Never rejects.
 */
export type CollectOutside = (
  accepted: readonly ClientEvent[],
  ports: CollectorPorts,
) => Promise<Collected | undefined> | undefined;

/** A change of a state in a run of the pipeline. */
export interface ExecutionStateChange {
  readonly state: string;
  readonly kind: 'entered' | 'exited' | 'failed' | 'retried';
  /** Wall-clock time, UTC epoch milliseconds. */
  readonly at: number;
}

/** The implementations of the pipeline's tasks, by the names of their states. */
export type PipelineTasks = Readonly<Record<string, (input: unknown) => Promise<unknown>>>;

/** One run of the pipeline, for an interpreter of its state machine. */
export interface PipelineExecution {
  readonly runId: string;
  /** Input of the run, without its id. */
  readonly input: JsonObject;
  readonly tasks: PipelineTasks;
  readonly onState: (change: ExecutionStateChange) => void;
  /** Stops the run. */
  readonly signal: AbortSignal;
}

/** How a run of the pipeline ended. */
export interface InterpretedRun {
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';
  readonly output?: JsonObject;
  readonly error?: string;
  /** Input of the Fail state in which the run ended. @default - it ended in another way */
  readonly record?: Json;
  /** The definition, not a task, is the reason: the run must be made again with the reference's definition. */
  readonly broken?: boolean;
}

/**
 * Interprets a run with a definition outside of this process. Returns undefined if the reference's definition must be
 * used. Never rejects.
 */
export type InterpretPipeline = (run: PipelineExecution) => Promise<InterpretedRun> | undefined;

/** The tables of a training set as files, and the form of the result. */
export interface LabelledFeaturesInput {
  /** Folder that contains only the tables' files. */
  readonly folder: string;
  /** Table → Parquet file in the folder. */
  readonly tables: Readonly<Record<string, string>>;
  /** Statements that define the macros which the query may use. */
  readonly macros: readonly string[];
  /** Columns of the training set: name and DuckDB type, in their order. */
  readonly columns: readonly LabelledColumn[];
  /** Number of labels, and therefore of rows. */
  readonly labels: number;
}

export interface LabelledColumn {
  readonly name: string;
  readonly type: string;
}

/** A row of the training set: text and numbers, in the order of the columns. */
export type LabelledRow = readonly (string | number)[];

/**
 * Computes the training set outside of this process, with the learner's query of step 02.2. Returns undefined if the
 * reference must compute it, for instance because the query failed or returned another number of rows. Never rejects.
 */
export type ComputeLabelledFeatures = (input: LabelledFeaturesInput) => Promise<readonly LabelledRow[] | undefined>;

/** One training, for a trainer outside of this process. */
export interface TrainingRun {
  /** Path of the trainer's Python. */
  readonly python: string;
  /** Folder that contains only the run's files. */
  readonly data: string;
  /** Folder that contains only the champion's files. @default - there is no champion */
  readonly champion?: string;
  /** The other arguments of the trainer's command `train`. */
  readonly options: readonly string[];
  /** Receives each line of the trainer's progress. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The files of a trained model by their names, `manifest.json` included. */
export type TrainedFiles = ReadonlyMap<string, Uint8Array>;

/**
 * Trains a model outside of this process, with the learner's module of step 03.6. Returns or resolves with undefined if
 * the reference must train. Rejects only if the signal stops the training.
 */
export type TrainOutside = (run: TrainingRun) => Promise<TrainedFiles | undefined> | undefined;

/** The counters of a service as a scraper would have read them at the end of each minute. */
export interface MetricHistory {
  /** End of the first minute, UTC epoch milliseconds. */
  readonly from: number;
  /** Number of minutes. */
  readonly minutes: number;
  /** Labels as in Prometheus. One value per minute, or null before the counter exists. */
  readonly series: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly values: readonly (number | null)[];
  }[];
}

/**
 * Evaluates alert rules outside of this process. It is called whenever the SLO watch has run, and returns immediately.
 *
 * @param sloWatch SLOs that burn according to the SLO watch
 */
export type WatchMetrics = (history: () => MetricHistory, sloWatch: readonly string[]) => void;

/** A learner's functions that run outside of this process. */
export interface BatchSeams {
  readonly watchMetrics: WatchMetrics;
  readonly interpretPipeline: InterpretPipeline;
  readonly validateEvents: ValidateEvents;
  readonly collectOutside: CollectOutside;
  readonly exploreSlate: ExploreSlate;
  readonly computeLabelledFeatures: ComputeLabelledFeatures;
  readonly trainOutside: TrainOutside;
}

/** The functions that a learner may replace. Handlers receive them as arguments. */
export interface Seams {
  readonly validateEvent: ValidateEvent;
  readonly collectEvents: CollectEvents;
  readonly explore: Explore;
}
