/** The nearest vectors, best first. */
export interface Neighbours {
  /** Row numbers of the indexed matrix. */
  readonly rows: Int32Array;
  /** Inner products. */
  readonly scores: Float32Array;
}

/** Maximum-inner-product search over the rows of one matrix. test/layers/contracts/vector-index.ts says what it must do. */
export interface VectorIndex extends AsyncDisposable {
  readonly dimensions: number;
  readonly size: number;
  /** At most `k` neighbours, fewer when the index is smaller. @throws WrongDimensions */
  search(query: Float32Array, k: number): Promise<Neighbours>;
}

export interface IndexFiles {
  /** A FAISS index file, inner product. */
  readonly faiss: Uint8Array;
  /** The same vectors, row-major, size × dimensions: for an adapter that reads no index of FAISS. */
  readonly vectors: Float32Array;
  readonly dimensions: number;
}

export interface VectorIndexes {
  load(files: IndexFiles): Promise<VectorIndex>;
}
