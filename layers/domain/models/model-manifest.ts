import { z } from 'zod';
import { EpochMs } from '../core/event-fields.ts';

/** An estimate with the bounds of its 95 % interval. */
const Interval = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });
/** Ranking quality of one recommender on one split: each metric a mean over users. */
const Metrics = z.record(z.string(), Interval);

/** How a part of the users, or what was played of a part of the titles, was served. Recommender → metrics. */
const Segment = z.strictObject({
  kind: z.enum(['users', 'titles', 'country']),
  name: z.string(),
  users: z.int().min(1),
  metrics: z.record(z.string(), Metrics),
});
export type Segment = z.infer<typeof Segment>;

const FileEntry = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().min(1) });

/**
 * `manifest.json` beside a trained model: what it is, what it was made from, how good it is.
 * The trainer (Python) writes it and the registry reads it; this schema is the contract between the two languages.
 */
export const Manifest = z.strictObject({
  formatVersion: z.literal(2),
  /** Content address: the first 12 hex digits of the hash over the files' hashes. */
  version: z.string().regex(/^[0-9a-f]{12}$/),
  trainedAt: EpochMs,
  /** The training set's as-of time. */
  asOf: EpochMs,
  /** Sha256 of the training data files, in name order. */
  dataHash: z.string(),
  codeCommit: z.string(),
  seed: z.int(),
  dimensions: z.int().min(1),
  /** Length of the `history` input; 0 pads on the right. */
  historyLength: z.int().min(1),
  /** Row i of the item vectors and of the index is `titles[i]`; the model's title input is i + 1 (0 is padding). */
  titles: z.array(z.string()).min(1),
  /** Must equal FEATURE_NAMES of the code that serves it. */
  features: z.array(z.string()),
  rows: z.strictObject({ train: z.int(), test: z.int(), users: z.int(), titles: z.int() }),
  /** protocol → recommender (`candidate`, `popular`, and `champion` where there was one) → metric. */
  metrics: z.record(z.string(), z.record(z.string(), Metrics)),
  /** The global-time split part by part: users by how much they have played, titles by how popular they are, countries. */
  segments: z.array(Segment).optional(),
  /**
   * The gate's evidence against the incumbent (a version, or `popular`): the paired difference of a metric (candidate − incumbent) over
   * users with its 95 % bootstrap interval; or why the test cannot tell.
   */
  gate: z.union([
    z.strictObject({ incumbent: z.string(), metric: z.string(), difference: Interval }),
    z.strictObject({ incumbent: z.string(), undecided: z.string() }),
  ]),
  /** The candidate's lead over each simpler model in the same test: the paired difference, as in `gate`. */
  simpler: z.array(z.strictObject({ model: z.string(), metric: z.string(), difference: Interval })).optional(),
  /** Greatest difference between ONNX and PyTorch over the checked pairs. */
  onnxMaxDifference: z.number().max(1e-4),
  /** How `index.faiss` searches: everything (flat), or the `probes` nearest of so many cells (ivf), tuned to the recall at 200 that it has. */
  index: z
    .strictObject({
      kind: z.enum(['flat', 'ivf']),
      cells: z.int().min(1),
      probes: z.int().min(1),
      recall: z.number().min(0).max(1),
    })
    .optional(),
  files: z.strictObject({
    'user-tower.onnx': FileEntry,
    'model.onnx': FileEntry,
    'index.faiss': FileEntry,
    'item-vectors.f32': FileEntry,
    'similar-titles.i32': FileEntry,
  }),
});
export type Manifest = z.infer<typeof Manifest>;

/** What the bytes of a `manifest.json` say. @throws what `refused` makes of the reason why they are none */
export function manifestIn(bytes: Uint8Array, refused: (why: string) => Error): Manifest {
  const parsed = Manifest.safeParse(jsonIn(bytes, refused));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw refused(`${issue?.path.join('.')}: ${issue?.message}`);
}

function jsonIn(bytes: Uint8Array, refused: (why: string) => Error): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw refused(`it is not JSON: ${(error as Error).message}`);
  }
}

export const MODEL_FILES = [
  'user-tower.onnx',
  'model.onnx',
  'index.faiss',
  'item-vectors.f32',
  'similar-titles.i32',
] as const;
