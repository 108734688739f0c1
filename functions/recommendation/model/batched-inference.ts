import { grouped } from '#adapters/batching/group-commit.ts';
import { FEATURE_NAMES } from '#domain/features/features.ts';
import type { Model } from '#ports/model-runtime.ts';

/** Requests that share one run: the work of eight costs a third to a half of what they cost one by one, and more gain nothing. */
const MOST_TOGETHER = 16;
/**
 * A run has at least this many rows; padding rows are zeros. ONNX Runtime multiplies a single row by a different routine, whose last
 * bits differ: without padding, scores would depend on which other requests happened to come at the same time.
 */
const LEAST_ROWS = 2;
const WORDS = 2;
const WIDTH = FEATURE_NAMES.length;

/** One user's candidates, by row. */
export interface Pairs {
  /** The user's vector. */
  readonly vector: Float32Array;
  /** Shape (n) */
  readonly rows: Int32Array;
  /** Shape (n, features) */
  readonly features: Float32Array;
}

/** Rows of the last plays, newest first → the user's vector. Who asks in the same turn of the event loop shares a run. */
export type UserTower = (played: Int32Array) => Promise<Float32Array>;
/** Shape of the result: (n) */
export type Ranker = (pairs: Pairs) => Promise<Float32Array>;

export function userTower(model: Model, historyLength: number, dimensions: number): UserTower {
  return grouped(async (users: readonly Int32Array[]) => {
    const count = Math.max(LEAST_ROWS, users.length);
    const history = new Uint32Array(WORDS * historyLength * count);
    users.forEach((played, user) => {
      // A title's input is its row + 1; 0 pads.
      for (let i = 0; i < played.length; i++) history[WORDS * (user * historyLength + i)] = (played[i] as number) + 1;
    });
    const { vector } = await model.run({
      history: { type: 'int64', data: asInt64(history), shape: [count, historyLength] },
    });
    const all = vector?.data as Float32Array;
    return users.map((_, user) => all.subarray(user * dimensions, (user + 1) * dimensions));
  }, MOST_TOGETHER).add;
}

export function ranker(model: Model, dimensions: number): Ranker {
  return grouped(async (asked: readonly Pairs[]) => {
    const users = Math.max(LEAST_ROWS, asked.length);
    const count = Math.max(
      LEAST_ROWS,
      asked.reduce((sum, { rows }) => sum + rows.length, 0),
    );
    const [vectors, features] = [new Float32Array(users * dimensions), new Float32Array(count * WIDTH)];
    const [user, titles] = [new Uint32Array(WORDS * count), new Uint32Array(WORDS * count)];
    let first = 0;
    asked.forEach((own, number) => {
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
    return asked.map(({ rows }) => {
      from += rows.length;
      return all.subarray(from - rows.length, from);
    });
  }, MOST_TOGETHER).add;
}

/** A BigInt for each number would be garbage for each: the low words are written, on little-endian machines, which all of ours are. */
const asInt64 = (words: Uint32Array): BigInt64Array => new BigInt64Array(words.buffer as ArrayBuffer);
