import type { VectorIndexes } from '#ports/vector-index.ts';
import { WrongDimensions } from './wrong-dimensions-error.ts';

const THREADS = 1;

/**
 * Returns vector indexes with exact search: each search compares the query with all vectors. It takes a millisecond for
 * 50,000 vectors. An HNSW graph would be faster, but building it took a minute for each loaded model.
 */
export const usearchIndexes = (): VectorIndexes => ({
  load: async ({ vectors, dimensions }) => {
    // A static import would fail in functions that load no index: their Lambda layers do not contain the package.
    const { exactSearch, MetricKind } = await import('usearch');
    const size = vectors.length / dimensions;
    const matrix = copyOfView(vectors);
    return {
      dimensions,
      size,
      search: async (query, k) => {
        if (query.length !== dimensions) throw new WrongDimensions(query.length, dimensions);
        if (size === 0 || k === 0) return { rows: new Int32Array(), scores: new Float32Array() };
        const found = exactSearch(matrix, copyOfView(query), dimensions, Math.min(k, size), MetricKind.IP, THREADS);
        return {
          rows: Int32Array.from(found.keys, Number),
          // The distance is 1 − inner product.
          scores: found.distances.map((distance) => 1 - distance),
        };
      },
      [Symbol.asyncDispose]: async () => {},
    };
  },
});

/** Copies an array that is a view with an offset: usearch ignores the offset and reads from the start of the buffer. */
const copyOfView = (array: Float32Array): Float32Array => (array.byteOffset === 0 ? array : array.slice());
