import { existsSync } from 'node:fs';
import type { VectorIndexes } from '#ports/vector-index.ts';

/** @param kind `auto` takes FAISS where its library is, and usearch elsewhere @param library the binding of FAISS */
export async function vectorIndexes(kind: 'auto' | 'faiss' | 'usearch', library: string): Promise<VectorIndexes> {
  if (kind === 'faiss' || (kind === 'auto' && existsSync(library))) {
    return (await import('./faiss.ts')).faissIndexes(library);
  }
  return (await import('./usearch.ts')).usearchIndexes();
}
