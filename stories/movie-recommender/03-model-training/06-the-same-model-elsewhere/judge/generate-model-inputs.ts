import { keyedRandom } from '#domain/core/keyed-random.ts';
import { FEATURE_NAMES } from '#domain/features/feature-names-and-online-items.ts';

/** Sizes of the model in scenarios.py. */
export const TITLES = 12;
export const DIMENSIONS = 64;
const HISTORY = 50;

/** Numbers of users that the tower is run on. */
export const TOWER_BATCHES = [1, 2, 16];
/** Numbers of users and pairs that the ranker is run on. The service ranks up to 200 titles for a few users. */
export const RANKER_BATCHES = [
  { users: 1, pairs: 1 },
  { users: 2, pairs: 2 },
  { users: 3, pairs: 16 },
  { users: 16, pairs: 1 },
] as const;

/** Inputs of the ranker's network. */
export interface Pairs {
  readonly vectors: readonly (readonly number[])[];
  readonly user: readonly number[];
  readonly titles: readonly number[];
  readonly features: readonly (readonly number[])[];
}

/** Inputs on which the files are compared with PyTorch. */
export interface ExportInputs {
  /** Per batch, users' title numbers, newest first, padded with 0. */
  readonly histories: readonly (readonly (readonly number[])[])[];
  readonly pairs: readonly Pairs[];
}

/** PyTorch's results, computed before the learner's code ran. */
export interface Expected {
  /** Vectors of the titles, without the padding. Shape (titles, dimensions) */
  readonly titles: readonly number[];
  /** Per batch. Shape (users, dimensions) */
  readonly vectors: readonly (readonly number[])[];
  /** Per batch. Shape (pairs) */
  readonly scores: readonly (readonly number[])[];
  /**
   * 1 if the scores of the model `lost in the ranker` are lower in ONNX, −1 if they are higher. The scores of `small loss`
   * differ in the opposite direction.
   */
  readonly sign: number;
}

/** Generates the inputs from the seed. The learner's process never receives them while the learner's code runs. */
export function exportInputs(seed: number): ExportInputs {
  const random = keyedRandom(`the same model elsewhere ${seed}`);
  let salt = 0;
  const unit = () => random(salt++);
  const below = (limit: number) => Math.floor(unit() * limit);
  const list = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, i) => make(i));
  // The first user of each batch has few plays, as newcomers do.
  const history = (user: number) => {
    const played = user === 0 ? 2 : 3 + below(HISTORY - 3);
    return list(HISTORY, (i) => (i < played ? 1 + below(TITLES) : 0));
  };
  return {
    histories: TOWER_BATCHES.map((users) => list(users, history)),
    pairs: RANKER_BATCHES.map(({ users, pairs }) => ({
      vectors: list(users, () => list(DIMENSIONS, () => Math.fround(4 * unit() - 2))),
      user: list(pairs, (pair) => users - 1 - (pair % users)),
      titles: list(pairs, () => 1 + below(TITLES)),
      features: list(pairs, () => list(FEATURE_NAMES.length, () => Math.fround(20 * unit()))),
    })),
  };
}
