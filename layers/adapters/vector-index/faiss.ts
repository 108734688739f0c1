import { createRequire } from 'node:module';
import type { Neighbours, VectorIndexes } from '#ports/vector-index.ts';
import { WrongDimensions } from './errors.ts';

/** What layers/native/faiss/search.cc gives. */
interface FaissIndex {
  readonly dimensions: number;
  readonly size: number;
  search(query: Float32Array, k: number): Neighbours;
}
interface Faiss {
  readonly Index: new (bytes: Uint8Array) => FaissIndex;
}

const NOTHING: Neighbours = { rows: new Int32Array(), scores: new Float32Array() };

/** FAISS on the index file that the trainer wrote. @param library made by layers/native/faiss/build.sh @throws if it is not there */
export function faissIndexes(library: string): VectorIndexes {
  const { Index } = createRequire(import.meta.url)(library) as Faiss;
  return {
    load: async ({ faiss, dimensions: wanted }) => {
      const index = new Index(faiss);
      const { dimensions, size } = index;
      if (dimensions !== wanted) throw new WrongDimensions(wanted, dimensions);
      return {
        dimensions,
        size,
        search: async (query, k) => {
          if (query.length !== dimensions) throw new WrongDimensions(query.length, dimensions);
          return size === 0 || k === 0 ? NOTHING : index.search(query, Math.min(k, size));
        },
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}
