/** Short-lived text by key; losing an entry must be harmless. test/layers/contracts/cache.ts says what an adapter must do. */
export interface Cache extends AsyncDisposable {
  get(key: string): Promise<string | undefined>;
  /** @param ttlMs milliseconds until it is no longer returned */
  set(key: string, value: string, ttlMs: number): Promise<void>;
  delete(key: string): Promise<void>;
}
