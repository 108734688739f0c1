import { describe, expect, it } from 'vitest';
import { PURPOSE, randomNumbers } from '#domain/core/philox-random.ts';
import type { IndexFiles, VectorIndexes } from '#ports/vector-index.ts';

const ROWS = 500;
const DIMENSIONS = 16;
const K = 20;
const QUERIES = 20;
/** Minimum share of the true neighbours that a search finds. */
const RECALL = 0.95;

const random = randomNumbers(3);
const vector = (row: number) =>
  Float32Array.from({ length: DIMENSIONS }, (_, i) => random.uniform(row, i, PURPOSE.play) - 0.5);
export const SAMPLE = Float32Array.from(Array.from({ length: ROWS }, (_, row) => [...vector(row)]).flat());
export const SAMPLE_DIMENSIONS = DIMENSIONS;

const product = (query: Float32Array, row: number) =>
  query.reduce((sum, value, i) => sum + value * (SAMPLE[row * DIMENSIONS + i] ?? 0), 0);
const nearest = (query: Float32Array) =>
  Array.from({ length: ROWS }, (_, row) => row)
    .sort((a, b) => product(query, b) - product(query, a))
    .slice(0, K);

/** Defines the contract of every vector index. @param files index files of SAMPLE */
export const vectorIndexContract = (name: string, indexes: VectorIndexes, files: IndexFiles) =>
  describe(`${name} is a vector index`, () => {
    it('returns its size and dimensions', async () => {
      await using index = await indexes.load(files);
      expect([index.size, index.dimensions]).toEqual([ROWS, DIMENSIONS]);
    });

    it('finds the greatest inner products, best first', async () => {
      await using index = await indexes.load(files);
      let found = 0;
      for (let query = 0; query < QUERIES; query++) {
        const target = vector(ROWS + query);
        const { rows, scores } = await index.search(target, K);
        expect(rows).toHaveLength(K);
        expect(scores.toSorted((a, b) => b - a)).toEqual(scores);
        for (const [i, row] of rows.entries()) expect(scores[i]).toBeCloseTo(product(target, row), 4);
        found += rows.filter((row) => nearest(target).includes(row)).length;
      }
      expect(found / (QUERIES * K)).toBeGreaterThanOrEqual(RECALL);
    });

    it.each([
      [0, 7],
      [5, 0],
      [5, 7],
    ])('reads arrays that are views of a larger buffer, from number %i on', async (before, after) => {
      const viewOf = (array: Float32Array) => {
        const memory = new Float32Array(before + array.length + after).fill(9);
        memory.set(array, before);
        return memory.subarray(before, before + array.length);
      };
      await using index = await indexes.load({ ...files, vectors: viewOf(files.vectors) });
      await using other = await indexes.load(files);
      expect(index.size).toBe(ROWS);
      expect(await index.search(viewOf(vector(ROWS)), K)).toEqual(await other.search(vector(ROWS), K));
    });

    it('returns all vectors if k exceeds its size, and none if k is 0', async () => {
      await using index = await indexes.load(files);
      expect((await index.search(vector(0), ROWS * 2)).rows).toHaveLength(ROWS);
      expect((await index.search(vector(0), 0)).rows).toHaveLength(0);
    });

    it('rejects a query with other dimensions', async () => {
      await using index = await indexes.load(files);
      await expect(index.search(new Float32Array(3), 1)).rejects.toMatchObject({ code: 'BRICK_WRONG_DIMENSIONS' });
    });
  });
