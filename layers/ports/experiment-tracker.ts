/** A training run in an experiment tracker. */
export interface TrackedRun {
  /** Id of the world that trained the model. Run ids repeat: every world's first run is `run-1`. */
  readonly worldId: string;
  readonly runId: string;
  /** UTC epoch milliseconds. */
  readonly trainedAt: number;
  readonly parameters: Readonly<Record<string, string>>;
  /** Metrics by name. Names consist of letters, digits and `_-./`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Files by name. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Records training runs for comparison. It is optional: callers log a warning and continue if it fails. */
export interface ExperimentTracker {
  /**
   * Records a run. It is idempotent: recording the same run of the same world again has no effect, and a recording that was
   * interrupted is completed.
   *
   * @throws TrackerOutOfReach (retryable) if the tracker does not respond, TrackerRefused if it rejects a request
   */
  record(run: TrackedRun): Promise<void>;
}
