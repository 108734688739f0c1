import { createRequire } from 'node:module';
import type { Neighbours, VectorIndexes } from '#ports/vector-index.ts';
import { WrongDimensions } from './wrong-dimensions-error.ts';

/** The class that layers/native/faiss/search.cc exports. */
interface FaissIndex {
  readonly dimensions: number;
  readonly size: number;
  search(query: Float32Array, k: number): Neighbours;
}
interface Faiss {
  readonly Index: new (bytes: Uint8Array) => FaissIndex;
}

const NO_NEIGHBOURS: Neighbours = { rows: new Int32Array(), scores: new Float32Array() };

/**
 * Returns vector indexes that search the trainer's index file with FAISS.
 *
 * @param library path of our binding of FAISS (layers/native/faiss/build.sh)
 * @throws Error if the library does not exist
 */
export function faissIndexes(library: string): VectorIndexes {
  const { Index } = createRequire(import.meta.url)(library) as Faiss;
  return {
    load: async ({ faiss, dimensions: expected }) => {
      const index = new Index(faiss);
      const { dimensions, size } = index;
      if (dimensions !== expected) throw new WrongDimensions(expected, dimensions);
      return {
        dimensions,
        size,
        search: async (query, k) => {
          if (query.length !== dimensions) throw new WrongDimensions(query.length, dimensions);
          return size === 0 || k === 0 ? NO_NEIGHBOURS : index.search(query, Math.min(k, size));
        },
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}
