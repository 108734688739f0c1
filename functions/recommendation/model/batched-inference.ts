import { groupCommit } from '#adapters/batching/group-concurrent-requests.ts';
import { FEATURE_NAMES } from '#domain/features/feature-names-and-online-items.ts';
import type { Model } from '#ports/model-runtime.ts';

/**
 * Maximum number of requests per model run. Eight in one run cost a third to a half of eight separate runs; more than
 * 16 gain nothing.
 */
const MAX_BATCH = 16;
/**
 * Minimum number of rows of a model run; padding rows are zeros. ONNX Runtime multiplies a single row with another
 * routine, whose results differ in the last bits. Without padding, scores would depend on the concurrent requests.
 */
const MIN_ROWS = 2;
/** Number of 32-bit words in an int64. */
const WORDS = 2;
const WIDTH = FEATURE_NAMES.length;

/** A user and their candidates: the ranker's input. */
export interface RankerInput {
  /** User vector. Shape (dimensions) */
  readonly vector: Float32Array;
  /** Candidates' rows in the model. Shape (n) */
  readonly rows: Int32Array;
  /** Shape (n, features) */
  readonly features: Float32Array;
}

/**
 * Computes a user vector from the rows of the user's last plays, newest first. Calls in the same turn of the event loop
 * share a run.
 */
export type UserTower = (played: Int32Array) => Promise<Float32Array>;
/** Computes the candidates' scores, as logits. Shape (n). Calls in the same turn of the event loop share a run. */
export type Ranker = (input: RankerInput) => Promise<Float32Array>;

export function userTower(model: Model, historyLength: number, dimensions: number): UserTower {
  return groupCommit(async (users: readonly Int32Array[]) => {
    const count = Math.max(MIN_ROWS, users.length);
    const history = new Uint32Array(WORDS * historyLength * count);
    users.forEach((played, user) => {
      // A title's input is its row + 1, because 0 is the padding.
      for (let i = 0; i < played.length; i++) history[WORDS * (user * historyLength + i)] = (played[i] as number) + 1;
    });
    const { vector } = await model.run({
      history: { type: 'int64', data: asInt64(history), shape: [count, historyLength] },
    });
    const all = vector?.data as Float32Array;
    return users.map((_, user) => all.subarray(user * dimensions, (user + 1) * dimensions));
  }, MAX_BATCH).add;
}

export function ranker(model: Model, dimensions: number): Ranker {
  return groupCommit(async (inputs: readonly RankerInput[]) => {
    const users = Math.max(MIN_ROWS, inputs.length);
    const count = Math.max(
      MIN_ROWS,
      inputs.reduce((sum, { rows }) => sum + rows.length, 0),
    );
    const [vectors, features] = [new Float32Array(users * dimensions), new Float32Array(count * WIDTH)];
    const [user, titles] = [new Uint32Array(WORDS * count), new Uint32Array(WORDS * count)];
    let first = 0;
    inputs.forEach((own, number) => {
      vectors.set(own.vector, number * dimensions);
      features.set(own.features, first * WIDTH);
      for (const row of own.rows) {
        user[WORDS * first] = number;
        titles[WORDS * first++] = row + 1;
      }
    });
    const { scores } = await model.run({
      vectors: { type: 'float32', data: vectors, shape: [users, dimensions] },
      user: { type: 'int64', data: asInt64(user), shape: [count] },
      titles: { type: 'int64', data: asInt64(titles), shape: [count] },
      features: { type: 'float32', data: features, shape: [count, WIDTH] },
    });
    const all = scores?.data as Float32Array;
    let from = 0;
    return inputs.map(({ rows }) => {
      from += rows.length;
      return all.subarray(from - rows.length, from);
    });
  }, MAX_BATCH).add;
}

/**
 * Reinterprets pairs of 32-bit words (little-endian) as int64. Callers write only the low words, which avoids a BigInt
 * per number.
 */
const asInt64 = (words: Uint32Array): BigInt64Array => new BigInt64Array(words.buffer as ArrayBuffer);
