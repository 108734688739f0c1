import type { VectorIndexes } from '#ports/vector-index.ts';
import { WrongDimensions } from './errors.ts';

const THREADS = 1;

/**
 * Exact: compares the query with every vector, so that there is nothing to build. Of 50,000 vectors that takes a millisecond, and
 * their HNSW graph took a minute when a model was loaded.
 */
export const usearchIndexes = (): VectorIndexes => ({
  load: async ({ vectors, dimensions }) => {
    // Imported at the top, it would be needed where no index is: a bundle imports first what is not in it.
    const { exactSearch, MetricKind } = await import('usearch');
    const size = vectors.length / dimensions;
    const matrix = ofItsOwn(vectors);
    return {
      dimensions,
      size,
      search: async (query, k) => {
        if (query.length !== dimensions) throw new WrongDimensions(query.length, dimensions);
        if (size === 0 || k === 0) return { rows: new Int32Array(), scores: new Float32Array() };
        const found = exactSearch(matrix, ofItsOwn(query), dimensions, Math.min(k, size), MetricKind.IP, THREADS);
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

/** usearch reads from the beginning of the memory that an array is a view of, and not from the array's. */
const ofItsOwn = (array: Float32Array): Float32Array => (array.byteOffset === 0 ? array : array.slice());
