export interface StoredObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * Named immutable-by-convention bytes. Keys are `/`-separated segments of `[A-Za-z0-9._=-]`, without `.` or `..`.
 * test/contracts/object-store.ts says what an adapter must do.
 */
export interface ObjectStore extends AsyncDisposable {
  /** Replaces the whole object at once: a reader sees the old bytes or the new, and never a part. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array | undefined>;
  /** In key order. */
  list(prefix: string): Promise<readonly StoredObject[]>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /** What DuckDB and the trainer open: a file path, or an `s3://` address. */
  uri(key: string): string;
}
