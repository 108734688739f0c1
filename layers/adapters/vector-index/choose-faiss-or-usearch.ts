import { existsSync } from 'node:fs';
import type { VectorIndexes } from '#ports/vector-index.ts';

/**
 * Returns the vector-index adapter: FAISS or usearch.
 *
 * @param kind `auto` selects FAISS if its library exists, else usearch
 * @param library path of our binding of FAISS
 */
export async function vectorIndexes(kind: 'auto' | 'faiss' | 'usearch', library: string): Promise<VectorIndexes> {
  if (kind === 'faiss' || (kind === 'auto' && existsSync(library))) {
    return (await import('./faiss.ts')).faissIndexes(library);
  }
  return (await import('./usearch.ts')).usearchIndexes();
}
