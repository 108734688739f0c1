/**
 * Items and keys of the model registry's table. A version's files are stored under `models/<version>/` in the object store.
 * They are written before the version's item, so an incomplete version is never visible.
 */

/**
 * Names that point to a version: `candidate` was trained last, `champion` serves all users, `canary` serves a share of the
 * users, and `shadow` computes slates for comparison that are never shown.
 */
export const ALIASES = ['candidate', 'champion', 'canary', 'shadow'] as const;
export type Alias = (typeof ALIASES)[number];

/** A registered version: pk `version`, sk the version. A version exists if this item exists. */
export interface ModelVersion {
  readonly version: string;
  /** UTC epoch milliseconds. */
  readonly registeredAt: number;
  /** Training run that produced the version. */
  readonly runId: string;
  /** Prefix of the object keys of the version's files. */
  readonly prefix: string;
  /** Key and hash of the manifest, which contains the hashes of the files. */
  readonly manifest: { readonly key: string; readonly sha256: string };
}

/** One entry of an alias's history: pk `alias-log#<alias>`, sk the revision, zero-padded to 10 digits. Append-only. */
export interface AliasChange {
  /** Number of the change, from 1. The next change is written only if this revision is still the current one. */
  readonly revision: number;
  /** Versions before and after the change; null if the alias points to no version. */
  readonly from: string | null;
  readonly to: string | null;
  /** Person or run that made the change. */
  readonly who: string;
  /** Reason for the change. */
  readonly why: string;
  /** UTC epoch milliseconds. */
  readonly changedAt: number;
  /** Share of the users (canary) or requests (shadow), 0 to 1. */
  readonly share?: number;
  /** Set if the change restored an earlier version. */
  readonly rollback?: true;
}

/** An alias: pk `alias`, sk the alias. It contains its last change, so one write moves an alias and records the reason. */
export interface AliasPointer extends Omit<AliasChange, 'to'> {
  readonly version: string;
}
/** An alias as it is stored. The version is null if the alias points to no version. */
export interface StoredPointer extends Omit<AliasChange, 'to'> {
  readonly version: string | null;
}

/** Identifies a world in services that several worlds share, such as MLflow: pk `world`, sk `id`. Written once. */
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
