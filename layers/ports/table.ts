import type { JsonObject } from '#domain/core/json.ts';

export interface ItemKey {
  /** Partition key. */
  readonly pk: string;
  /** Sort key: items of one `pk` are ordered by its UTF-8 bytes. */
  readonly sk: string;
}

export interface PutOptions {
  /** Write only if this holds, else `put` answers false. @default - always written */
  readonly when?: 'absent' | { readonly field: string; readonly equals: string | number };
  /** UTC epoch milliseconds from which the item is no longer returned. @default - kept for ever */
  readonly expiresAt?: number;
}

export interface TableEntry {
  readonly key: ItemKey;
  readonly item: object;
  readonly expiresAt?: number;
}

export interface QueryOptions {
  readonly prefix?: string;
  readonly limit?: number;
  readonly descending?: boolean;
}

/** A key-value table with conditional writes. test/layers/contracts/table.ts says what an adapter must do. */
export interface Table extends AsyncDisposable {
  get<Item = JsonObject>(key: ItemKey): Promise<Item | undefined>;
  /** One answer per key, in order. */
  getMany<Item = JsonObject>(keys: readonly ItemKey[]): Promise<readonly (Item | undefined)[]>;
  /** @returns whether it was written; false only when `when` did not hold. Durable. */
  put(key: ItemKey, item: object, options?: PutOptions): Promise<boolean>;
  /** Unconditional, any number; each entry is atomic, the whole is not. Durable when it resolves. */
  putMany(entries: readonly TableEntry[]): Promise<void>;
  delete(key: ItemKey): Promise<void>;
  /** Items of one `pk` in order of `sk`, with their sort keys. @default options - all of them, ascending */
  query<Item = JsonObject>(
    pk: string,
    options?: QueryOptions,
  ): Promise<readonly { readonly sk: string; readonly item: Item }[]>;
}
