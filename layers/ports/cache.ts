/**
 * Stores strings for a short time. Entries may disappear at any time, so callers must be able to recompute them.
 *
 * test/layers/contract-tests/cache.ts tests this contract.
 */
export interface Cache extends AsyncDisposable {
  /** Returns the value of a key, or undefined if it is absent or expired. @throws CacheUnavailable (retryable) */
  get(key: string): Promise<string | undefined>;
  /** Sets the value of a key. @param ttlMs time to live, in milliseconds @throws CacheUnavailable (retryable) */
  set(key: string, value: string, ttlMs: number): Promise<void>;
  /** Deletes a key. It is idempotent: deleting an absent key is not an error. @throws CacheUnavailable (retryable) */
  delete(key: string): Promise<void>;
}
