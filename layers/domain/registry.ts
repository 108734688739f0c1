/**
 * Shapes and keys of the model registry's table. A version's files stand under `models/<version>/` in the object store,
 * and are written before its item: a half-written version is never visible.
 */
export const ALIASES = ['candidate', 'champion'] as const;
export type Alias = (typeof ALIASES)[number];

/** pk `version#<version>`, sk `version`. */
export interface ModelVersion {
  readonly version: string;
  readonly registeredAt: number;
  readonly runId: string;
  /** Object key prefix of its files. */
  readonly prefix: string;
}

/** pk `alias`, sk the alias. `revision` rises by one with each change: the condition of the next. */
export interface AliasPointer {
  readonly version: string;
  readonly revision: number;
  readonly changedAt: number;
}

/** pk `alias-log#<alias>`, sk the revision, zero-padded to 10 digits. Append-only. */
export interface AliasChange {
  readonly from: string | null;
  readonly to: string;
  readonly who: string;
  readonly why: string;
  readonly changedAt: number;
}

export const versionKey = (version: string) => ({ pk: `version#${version}`, sk: 'version' });
export const aliasKey = (alias: Alias) => ({ pk: 'alias', sk: alias });
export const aliasChangeKey = (alias: Alias, revision: number) => ({
  pk: `alias-log#${alias}`,
  sk: String(revision).padStart(10, '0'),
});
export const modelPrefix = (version: string) => `models/${version}`;
