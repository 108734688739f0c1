import { describe, expect, it } from 'vitest';
import { onnxRuntime } from '#adapters/model-runtime/onnx.ts';
import { hashUnit } from '#domain/core/keyed-random.ts';
import { FEATURE_NAMES } from '#domain/features/feature-names-and-online-items.ts';
import { fixtureModel } from '../../../../bin/parity/fixture-model.ts';
import { type RankerInput, ranker, userTower } from '../../../../functions/recommendation/model/batched-inference.ts';

const USERS = 16;
const { manifest, files } = fixtureModel();
const { historyLength, dimensions, titles } = manifest;
const rowOf = (...parts: readonly number[]) => Math.floor(titles.length * hashUnit(parts.join()));

const historyOf = (user: number) => Int32Array.from({ length: 1 + (user % historyLength) }, (_, i) => rowOf(user, i));

function pairsOf(user: number, vector: Float32Array): RankerInput {
  const rows = Int32Array.from({ length: 5 + 3 * user }, (_, i) => rowOf(user, i, 1));
  const features = Float32Array.from({ length: rows.length * FEATURE_NAMES.length }, (_, i) =>
    hashUnit(`${user},${i}`),
  );
  return { vector, rows, features };
}

describe('a run of the model that several requests share', () => {
  it('returns the same bits as a separate run: the machine’s load decides which requests share one', async () => {
    const tower = userTower(await onnxRuntime().load(files['user-tower']), historyLength, dimensions);
    const rank = ranker(await onnxRuntime().load(files.ranker), dimensions);
    const users = Array.from({ length: USERS }, (_, user) => user);
    const vectors: Float32Array[] = [];
    const scores: Float32Array[] = [];
    for (const user of users) {
      const vector = await tower(historyOf(user));
      vectors.push(vector);
      scores.push(await rank(pairsOf(user, vector)));
    }
    expect(await Promise.all(users.map((user) => tower(historyOf(user))))).toEqual(vectors);
    const together = users.map((user) => rank(pairsOf(user, vectors[user] as Float32Array)));
    expect(await Promise.all(together)).toEqual(scores);
  });
});
