export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Named immutable-by-convention bytes. Keys are `/`-separated segments of `[A-Za-z0-9._=-]`, without `.` or `..`.
 * test/layers/contracts/object-store.ts says what an adapter must do.
 */
export interface ObjectStore extends AsyncDisposable {
  /** Replaces the whole object at once: a reader sees the old bytes or the new, and never a part. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array | undefined>;
  /** In key order. */
  list(prefix: string): Promise<readonly StoredObject[]>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /**
   * Paths of files that hold the objects, in the order of the keys, for DuckDB to open; of one that is not there, a path where
   * nothing lies. Copies, where the objects lie elsewhere: they stay for as long as a function may run.
   */
  open(keys: readonly string[]): Promise<readonly string[]>;
}
