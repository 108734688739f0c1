/**
 * Shapes and keys of the model registry's table. A version's files stand under `models/<version>/` in the object store,
 * and are written before its item: a half-written version is never visible.
 */
export const ALIASES = ['candidate', 'champion', 'canary', 'shadow'] as const;
/** What a version is called: trained last, serves all, serves a share of the users, is asked beside and never shown. */
export type Alias = (typeof ALIASES)[number];

/** pk `version`, sk the version. A version exists once this item does. */
export interface ModelVersion {
  readonly version: string;
  readonly registeredAt: number;
  readonly runId: string;
  /** Object key prefix of its files. */
  readonly prefix: string;
  /** The manifest vouches for the files, and this for the manifest. */
  readonly manifest: { readonly key: string; readonly sha256: string };
}

/** One move of an alias. pk `alias-log#<alias>`, sk the revision, zero-padded to 10 digits. Append-only. */
export interface AliasChange {
  /** Rises by one with each change: the condition of the next. */
  readonly revision: number;
  /** Null: nothing. */
  readonly from: string | null;
  readonly to: string | null;
  readonly who: string;
  readonly why: string;
  readonly changedAt: number;
  /** Share of the users (canary) or requests (shadow), 0 to 1. */
  readonly share?: number;
  /** It went back to what had been there before. */
  readonly rollback?: true;
}

/** pk `alias`, sk the alias. Holds its own last change: moving an alias and saying why is one write. */
export interface AliasPointer extends Omit<AliasChange, 'to'> {
  readonly version: string;
}
/** As it is stored: null once the alias names nothing any more. */
export interface StoredPointer extends Omit<AliasChange, 'to'> {
  readonly version: string | null;
}

/** pk `world`, sk `id`. Identifies the world in services that several worlds share, such as MLflow. Written once. */
export interface WorldIdentity {
  readonly id: string;
}
export const worldKey = { pk: 'world', sk: 'id' };

export const VERSIONS = 'version';
export const versionKey = (version: string) => ({ pk: VERSIONS, sk: version });
export const aliasKey = (alias: Alias) => ({ pk: 'alias', sk: alias });
export const aliasLogOf = (alias: Alias) => `alias-log#${alias}`;
export const aliasChangeKey = (alias: Alias, revision: number) => ({
  pk: aliasLogOf(alias),
  sk: String(revision).padStart(10, '0'),
});
export const modelPrefix = (version: string) => `models/${version}`;
