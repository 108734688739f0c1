import type { VectorIndexes } from '#ports/vector-index.ts';
import { WrongDimensions } from './errors.ts';

/** HNSW breadth: at these sizes the search is all but exact. */
const CONNECTIVITY = 32;
const EXPANSION = 256;
const THREADS = 1;

/** Builds its own HNSW index from the vectors when it loads; needs no FAISS. One thread, so that it is deterministic. */
export const usearchIndexes = (): VectorIndexes => ({
  load: async ({ vectors, dimensions }) => {
    // Imported at the top, it would be needed where no index is: a bundle imports first what is not in it.
    const { Index, MetricKind, ScalarKind } = await import('usearch');
    const size = vectors.length / dimensions;
    const index = new Index({
      metric: MetricKind.IP,
      quantization: ScalarKind.F32,
      dimensions,
      connectivity: CONNECTIVITY,
      expansion_add: EXPANSION,
      expansion_search: EXPANSION,
      multi: false,
    });
    const keys = BigUint64Array.from({ length: size }, (_, row) => BigInt(row));
    if (size > 0) index.add(keys, vectors, THREADS);
    return {
      dimensions,
      size,
      search: async (query, k) => {
        if (query.length !== dimensions) throw new WrongDimensions(query.length, dimensions);
        if (size === 0 || k === 0) return { rows: new Int32Array(), scores: new Float32Array() };
        const found = index.search(query, Math.min(k, size), THREADS);
        // usearch measures the distance 1 − inner product.
        return {
          rows: Int32Array.from(found.keys, Number),
          scores: found.distances.map((distance) => 1 - distance),
        };
      },
      [Symbol.asyncDispose]: async () => {},
    };
  },
});
