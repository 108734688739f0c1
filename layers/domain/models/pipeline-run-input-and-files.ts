import { z } from 'zod';
import { EpochMs } from '../core/event-fields.ts';

/** Input of a pipeline run and of each of its states. Each state adds its result under its own name. */
export const PipelineInput = z.object({
  runId: z.string().regex(/^[A-Za-z0-9-]{1,80}$/),
  /** As-of time of the training data, UTC epoch milliseconds: later records are ignored. */
  asOf: EpochMs,
  seed: z.int().min(0),
  /** Whether to evaluate with leave-one-out in addition to the global-time split. It requires a second training. */
  leaveOneOut: z.boolean().default(false),
});
export type PipelineInput = z.infer<typeof PipelineInput>;

/** Returns the keys of a run's objects in the lake: the contract between feature engineering and the trainer. */
export const runFiles = (runId: string) => ({
  prefix: `runs/${runId}`,
  /**
   * Point-in-time training rows: userId, titleId, occurredAt (ms), label (1 play, 0 no play), then FEATURE_NAMES as float32.
   * Features are as of the row's own `occurredAt`. Negatives do not depend on later plays.
   */
  trainingSet: `runs/${runId}/training-set.parquet`,
  /**
   * The first play of each title by each user: userId, titleId, occurredAt (ms), rating (the latest, 0.5 to 5 stars; null if
   * unrated), recommended (whether the play follows from a slate). Sorted by occurredAt, userId, titleId.
   */
  interactions: `runs/${runId}/interactions.parquet`,
  /**
   * Plays of explored titles: userId, titleId, occurredAt (ms), shown (list of the slate's titles). Under every policy, an
   * explored title is sampled uniformly from the titles that the user has not seen and that are not in the slate.
   */
  exploredPlays: `runs/${runId}/explored-plays.parquet`,
  /** Snapshot as of `asOf`: userId, country, plays7d, playsTotal, meanRating, genreShare (MAP genre → share). */
  users: `runs/${runId}/users.parquet`,
  /** Snapshot as of `asOf`: titleId, name, genres (list), releasedAt, plays7d, playsTotal, meanRating, ageDays. */
  titles: `runs/${runId}/titles.parquet`,
  /**
   * The same four files as of `splitAt`, the start of the test period. The evaluated model learns from these only. Filtering the
   * later files by time would not be enough, because they contain events that arrived late.
   */
  trainingSetAtSplit: `runs/${runId}/training-set-at-split.parquet`,
  interactionsAtSplit: `runs/${runId}/interactions-at-split.parquet`,
  usersAtSplit: `runs/${runId}/users-at-split.parquet`,
  titlesAtSplit: `runs/${runId}/titles-at-split.parquet`,
  /** Facts about the data, as JSON: `{ asOf, splitAt, rows: {...} }`. */
  meta: `runs/${runId}/meta.json`,
  /** Records of the log from which the data were built (RunSources). Not part of the training data. */
  sources: `runs/${runId}/sources.json`,
  /** The trainer's output: the files of a manifest and `manifest.json`, before they are registered. */
  output: `runs/${runId}/output`,
});

/** Records of one partition with offsets from `first` to `last`, both inclusive. */
export interface OffsetRange {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
  /** Number of these records that had been ingested by the run's `asOf`. */
  readonly records: number;
}

/** The records from which a run's data were built, as offsets in the log. Offsets do not change when compaction merges files. */
export interface RunSources {
  readonly asOf: number;
  readonly offsets: readonly OffsetRange[];
}

/** Returns the keys of the objects that the trainer's `dataHash` covers, in hash order. */
export function hashedFiles(runId: string): string[] {
  const { prefix, sources, output, ...data } = runFiles(runId);
  return Object.values(data).sort();
}

/** Share of the interactions in the test period of the global-time split: the latest ones. */
export const TEST_SHARE = 0.2;
