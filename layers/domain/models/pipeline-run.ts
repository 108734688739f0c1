import { z } from 'zod';
import { EpochMs } from '../core/event-fields.ts';

/** The input of one pipeline run, and of each of its states (each state adds its result under its own name). */
export const PipelineInput = z.object({
  runId: z.string().regex(/^[A-Za-z0-9-]{1,80}$/),
  /** Train on what was known at this time, UTC epoch ms. */
  asOf: EpochMs,
  seed: z.int().min(0),
  /** `globalTime` always; `leaveOneOut` costs a second training. */
  leaveOneOut: z.boolean().default(false),
});
export type PipelineInput = z.infer<typeof PipelineInput>;

/** Objects of one run under `runs/<runId>/` in the lake; the trainer's contract with feature engineering. */
export const runFiles = (runId: string) => ({
  prefix: `runs/${runId}`,
  /**
   * Point-in-time training rows: userId, titleId, occurredAt (ms), label (1 play, 0 not), then FEATURE_NAMES as float32.
   * Features are as of the row's own `occurredAt` and never later than it. Negatives depend on no later play either.
   */
  trainingSet: `runs/${runId}/training-set.parquet`,
  /**
   * Every first play: userId, titleId, occurredAt (ms), rating (the latest, 0.5 to 5 stars; null when unrated), recommended (whether it
   * came from a slate of ours); in the order of occurredAt, userId, titleId.
   */
  interactions: `runs/${runId}/interactions.parquet`,
  /**
   * Plays of titles that chance had put into the slate: userId, titleId, occurredAt (ms), shown (list of the slate's titles).
   * Whatever served, such a title was drawn uniformly from those the user had not seen and the slate did not hold.
   */
  exploredPlays: `runs/${runId}/explored-plays.parquet`,
  /** Snapshot as of `asOf`: userId, country, plays7d, playsTotal, meanRating, genreShare (MAP genre → share). */
  users: `runs/${runId}/users.parquet`,
  /** Snapshot as of `asOf`: titleId, name, genres (list), releasedAt, plays7d, playsTotal, meanRating, ageDays. */
  titles: `runs/${runId}/titles.parquet`,
  /**
   * The same four files as of `splitAt`, when the test begins. The model that is evaluated learns from these only. Filtering the later
   * files by time is not enough, because they contain events that arrived late.
   */
  trainingSetAtSplit: `runs/${runId}/training-set-at-split.parquet`,
  interactionsAtSplit: `runs/${runId}/interactions-at-split.parquet`,
  usersAtSplit: `runs/${runId}/users-at-split.parquet`,
  titlesAtSplit: `runs/${runId}/titles-at-split.parquet`,
  /** `{ asOf, splitAt, rows: {...}, genres: [...] }`. */
  meta: `runs/${runId}/meta.json`,
  /** What of the log it was made from (RunSources); not part of the training data. */
  sources: `runs/${runId}/sources.json`,
  /** The trainer's output: the files of a manifest and `manifest.json`, before they are registered. */
  output: `runs/${runId}/output`,
});

/** Records of one partition, `first` to `last` inclusive. */
export interface OffsetRange {
  readonly topic: string;
  readonly partition: number;
  readonly first: number;
  readonly last: number;
  /** Between them, and known at the run's `asOf`. */
  readonly records: number;
}

/** What a run's data were made from. Places in the log, because they stay when compaction merges files. */
export interface RunSources {
  readonly asOf: number;
  readonly offsets: readonly OffsetRange[];
}

/** The objects of a run that the trainer's `dataHash` is over, in its order. */
export function hashedFiles(runId: string): string[] {
  const { prefix, sources, output, ...data } = runFiles(runId);
  return Object.values(data).sort();
}

/** Share of the interactions, by time, that the global-time split keeps for the test. */
export const TEST_SHARE = 0.2;
