import { z } from 'zod';
import { EpochMs } from '../core/event-fields.ts';
import { upgradeFormat2 } from './upgrade-manifest-2-to-3.ts';

/** An estimate with the bounds of its 95 % interval. */
const Interval = z.strictObject({ value: z.number(), low: z.number(), high: z.number() });
/** Ranking quality of one recommender on one split: each metric a mean over users. */
const Metrics = z.record(z.string(), Interval);

/** Ranking quality for a segment: a part of the users, or the plays of a part of the titles. */
const Segment = z.strictObject({
  kind: z.enum(['users', 'titles', 'country']),
  name: z.string(),
  users: z.int().min(1),
  /** Recommender → metrics. */
  metrics: z.record(z.string(), Metrics),
});
export type Segment = z.infer<typeof Segment>;

/** Roles of the files that a film recommender needs. */
export const FILE_ROLES = ['user-tower', 'ranker', 'index', 'item-vectors', 'similar-titles'] as const;
export type FileRole = (typeof FILE_ROLES)[number];

const FileEntry = z.strictObject({
  /** Purpose of the file. Readers find a file by its role. */
  role: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
  /** Name of the file in the model's folder. */
  path: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(1),
});

/** Files with distinct roles and paths. Any role is allowed, and those of FILE_ROLES are required. */
const Files = z.array(FileEntry).superRefine((files, context) => {
  const message = (problem: string) => context.addIssue({ code: 'custom', message: problem });
  for (const name of ['role', 'path'] as const) {
    const values = files.map((file) => file[name]);
    const repeated = values.find((value, i) => values.indexOf(value) < i);
    if (repeated !== undefined) message(`two files have the ${name} ${repeated}`);
  }
  const missing = FILE_ROLES.filter((role) => !files.some((file) => file.role === role));
  if (missing.length > 0) message(`no file has the role ${missing.join(', ')}`);
});

const lead = {
  metric: z.string(),
  /** Paired difference of the metric over users, candidate − other, with its 95 % bootstrap interval. */
  difference: Interval,
  /** One-sided 95 % lower bound of the difference. Absent in manifests that older trainers wrote. */
  lowerBound: z.number().optional(),
};

/**
 * Returns the lower bound of the candidate's lead. In older manifests, it is the lower end of the two-sided interval.
 */
export const leadBound = ({ difference, lowerBound }: z.infer<z.ZodObject<typeof lead>>): number =>
  lowerBound ?? difference.low;

/**
 * The `manifest.json` of a trained model: its identity, its training data and its quality. The trainer (Python) writes it and
 * the registry (TypeScript) reads it; this schema is the contract between the two.
 */
const Format3 = z.strictObject({
  formatVersion: z.literal(3),
  /** Content address: the first 12 hex digits of the hash over the files' hashes. */
  version: z.string().regex(/^[0-9a-f]{12}$/),
  trainedAt: EpochMs,
  /** As-of time of the training set. */
  asOf: EpochMs,
  /** SHA-256 of the training data files, in the order of their names. */
  dataHash: z.string(),
  codeCommit: z.string(),
  seed: z.int(),
  dimensions: z.int().min(1),
  /** Length of the model's `history` input, in titles. Shorter histories are padded with 0 on the right. */
  historyLength: z.int().min(1),
  /** Row i of the item vectors and of the index is `titles[i]`; the model's title input is i + 1 (0 is padding). */
  titles: z.array(z.string()).min(1),
  /** Names of the ranking features, in order. They must equal FEATURE_NAMES of the code that serves the model. */
  features: z.array(z.string()),
  rows: z.strictObject({ train: z.int(), test: z.int(), users: z.int(), titles: z.int() }),
  /** Protocol → recommender (`candidate`, `popular`, and `champion` if one existed) → metric. */
  metrics: z.record(z.string(), z.record(z.string(), Metrics)),
  /** Quality on the global-time split by segment: users by number of plays, titles by popularity, countries. */
  segments: z.array(Segment).optional(),
  /**
   * The gate's evidence: the candidate's lead over the incumbent, or the reason why the test is undecided. The incumbent is a
   * version or `popular`.
   */
  gate: z.union([
    z.strictObject({ incumbent: z.string(), ...lead }),
    z.strictObject({ incumbent: z.string(), undecided: z.string() }),
  ]),
  /** The candidate's lead over each simpler model, as in `gate`. */
  simpler: z.array(z.strictObject({ model: z.string(), ...lead })).optional(),
  /** Maximum absolute difference between the scores of ONNX and PyTorch over the compared pairs. */
  onnxMaxDifference: z.number().max(1e-4),
  /**
   * Search method of the file with the role `index`: it searches all vectors (flat), or only the `probes` nearest of
   * `cells` cells (ivf). `recall` is recall@200.
   */
  index: z
    .strictObject({
      kind: z.enum(['flat', 'ivf']),
      cells: z.int().min(1),
      probes: z.int().min(1),
      recall: z.number().min(0).max(1),
    })
    .optional(),
  files: Files,
});

/** Parses a manifest of any format that trainers have written. The result has the current format. */
export const Manifest = z.preprocess(upgradeFormat2, Format3);
export type Manifest = z.infer<typeof Manifest>;

/** Parses the bytes of a `manifest.json`. @throws the error that `invalid` returns for the reason */
export function parseManifest(bytes: Uint8Array, invalid: (why: string) => Error): Manifest {
  const parsed = Manifest.safeParse(parseJson(bytes, invalid));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(`its field ${issue?.path.join('.')} is invalid (${issue?.message})`);
}

function parseJson(bytes: Uint8Array, invalid: (why: string) => Error): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw invalid(`it is not JSON (${(error as Error).message})`);
  }
}
