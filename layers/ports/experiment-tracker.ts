/** What a training run tells those who compare runs. */
export interface TrackedRun {
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
  /** The same run again has no effect. @throws TrackerRefused, TrackerOutOfReach */
  record(run: TrackedRun): Promise<void>;
}
