/** What a training run tells those who compare runs. */
export interface TrackedRun {
  /** Unique per world: run ids repeat, because every world's first run is `run-1`. */
  readonly worldId: string;
  readonly runId: string;
  /** UTC epoch ms. */
  readonly trainedAt: number;
  readonly parameters: Readonly<Record<string, string>>;
  /** Letters, digits and `_-./` in their names. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Keeps runs for comparison. Nothing depends on it: a caller goes on when it fails. */
export interface ExperimentTracker {
  /** Recording the same run of the same world again has no effect. @throws TrackerRefused, TrackerOutOfReach */
  record(run: TrackedRun): Promise<void>;
}
