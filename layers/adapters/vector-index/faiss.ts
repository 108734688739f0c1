import { createRequire } from 'node:module';
import type { VectorIndexes } from '#ports/vector-index.ts';
import { WrongDimensions } from './errors.ts';

/** The part of faiss-node that we use. */
interface FaissIndex {
  getDimension(): number;
  ntotal(): number;
  search(query: number[], k: number): { distances: number[]; labels: number[] };
}
interface FaissNode {
  readonly Index: { fromBuffer(bytes: Buffer): FaissIndex };
}

const NOTHING = -1;

/** FAISS on the index file that the trainer wrote. @param library a folder that holds faiss-node @throws if it is not there */
export function faissIndexes(library: string): VectorIndexes {
  const { Index } = createRequire(import.meta.url)(library) as FaissNode;
  return {
    load: async ({ faiss, dimensions: wanted }) => {
      const index = Index.fromBuffer(Buffer.from(faiss));
      const [dimensions, size] = [index.getDimension(), index.ntotal()];
      if (dimensions !== wanted) throw new WrongDimensions(wanted, dimensions);
      return {
        dimensions,
        size,
        search: async (query, k) => {
          if (query.length !== dimensions) throw new WrongDimensions(query.length, dimensions);
          if (size === 0 || k === 0) return { rows: [], scores: [] };
          const { labels, distances } = index.search(Array.from(query), Math.min(k, size));
          // An inverted file finds fewer where the cells that it looks into hold fewer: the rest is -1.
          const found = labels.indexOf(NOTHING);
          return found < 0
            ? { rows: labels, scores: distances }
            : { rows: labels.slice(0, found), scores: distances.slice(0, found) };
        },
        [Symbol.asyncDispose]: async () => {},
      };
    },
  };
}
