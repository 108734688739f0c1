import type { JsonObject } from '#domain/core/json-value-types.ts';

export interface ItemKey {
  /** Partition key. */
  readonly pk: string;
  /** Sort key. The items of one partition key are sorted by its UTF-8 bytes. */
  readonly sk: string;
}

export interface PutOptions {
  /**
   * Condition for the write: `absent` if no item may exist under the key, or the required value of one field of the existing
   * item. An expired item counts as absent. @default - the item is always written
   */
  readonly when?: 'absent' | { readonly field: string; readonly equals: string | number };
  /** Time from which the item is no longer returned, UTC epoch milliseconds. @default - the item does not expire */
  readonly expiresAt?: number;
}

export interface TableEntry {
  readonly key: ItemKey;
  readonly item: object;
  /** Time from which the item is no longer returned, as in PutOptions. */
  readonly expiresAt?: number;
}

export interface QueryOptions {
  /** Only items whose sort keys start with this prefix. @default - all items */
  readonly prefix?: string;
  /** Maximum number of items. @default - no limit */
  readonly limit?: number;
  /** Whether to return the items in descending order. @default false */
  readonly descending?: boolean;
}

/**
 * A key-value table with conditional writes. Items are JSON objects. Reads are strongly consistent: they return all
 * completed writes.
 *
 * test/layers/contract-tests/table.ts tests this contract.
 */
export interface Table extends AsyncDisposable {
  /** Returns an item, or undefined if it does not exist or has expired. */
  get<Item = JsonObject>(key: ItemKey): Promise<Item | undefined>;
  /** Returns the items of any number of keys, in the order of the keys; undefined for each missing item. */
  getMany<Item = JsonObject>(keys: readonly ItemKey[]): Promise<readonly (Item | undefined)[]>;
  /**
   * Writes an item atomically, replacing an existing one. The write is durable when the call resolves.
   *
   * @returns true if the item was written; false if the condition `when` was not met
   */
  put(key: ItemKey, item: object, options?: PutOptions): Promise<boolean>;
  /**
   * Writes any number of items without conditions. Each item is written atomically, but not all items together. If two entries
   * have the same key, the later one wins. All writes are durable when the call resolves.
   */
  putMany(entries: readonly TableEntry[]): Promise<void>;
  /** Deletes an item. It is idempotent: deleting a missing item is not an error. */
  delete(key: ItemKey): Promise<void>;
  /** Returns the items of one partition key with their sort keys, in ascending order of the sort keys. */
  query<Item = JsonObject>(
    pk: string,
    options?: QueryOptions,
  ): Promise<readonly { readonly sk: string; readonly item: Item }[]>;
}
