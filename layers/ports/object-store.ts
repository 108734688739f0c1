export interface StoredObject {
  readonly key: string;
  /** Size in bytes. */
  readonly size: number;
}

/**
 * Stores bytes under keys. A key consists of segments of `[A-Za-z0-9._=-]` with `/` between them; no segment is `.` or `..`.
 * Every method with a key throws BadObjectKey for any other key.
 *
 * test/layers/contract-tests/object-store.ts tests this contract.
 */
export interface ObjectStore extends AsyncDisposable {
  /** Creates or replaces an object. The replacement is atomic: a concurrent reader gets the old bytes or the new bytes, never a mix. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Returns an object's bytes, or undefined if the object does not exist. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Returns all objects whose keys start with `prefix`, sorted by key. */
  list(prefix: string): Promise<readonly StoredObject[]>;
  /** Deletes an object. It is idempotent: deleting a missing object is not an error. */
  delete(key: string): Promise<void>;
  /**
   * Returns paths of local files with the objects' current bytes, in the order of `keys`, for DuckDB to read. The path
   * of a missing object leads to no file. A remote store downloads copies, which exist for at least 16 minutes: longer
   * than a function runs.
   */
  open(keys: readonly string[]): Promise<readonly string[]>;
}
