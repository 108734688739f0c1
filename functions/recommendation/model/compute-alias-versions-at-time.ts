import { SECOND } from '#domain/core/time.ts';
import type { StoredPointer } from '#domain/models/model-registry-items.ts';

/** Milliseconds between two polls of the aliases. */
export const POLL_EVERY = 4 * SECOND;
/**
 * Polls between a change and its effect: the first finds the change and starts loading, from the second on the new
 * version serves.
 */
const POLLS_UNTIL_EFFECT = 2;

/** The versions that an alias serves at a time. */
export interface ServedVersions {
  /**
   * Versions in order of preference: the first that can be loaded serves. They include no rolled-back version. Empty if
   * the alias names no version.
   */
  readonly versions: readonly string[];
  /** Version that will serve soon. Callers load it now, while the current version serves. */
  readonly next?: string;
}

/**
 * Returns whether a change of an alias has been made but has no effect yet.
 *
 * @param changedAt UTC epoch ms
 * @param at UTC epoch ms
 */
export function isPending(changedAt: number, at: number): boolean {
  const polls = Math.floor(at / POLL_EVERY) - Math.floor(changedAt / POLL_EVERY);
  return at !== changedAt && Math.abs(polls) < POLLS_UNTIL_EFFECT;
}

/**
 * Returns the versions that an alias serves at a time. A change takes effect 4 to 8 seconds after it was made, at the
 * same time in every process. Each process has at least the time between two polls to load the new version, so no
 * request waits for it. A change takes effect immediately if the clock does not advance (in a simulation), or if the
 * change was made by a clock that is far from this one.
 *
 * @param at UTC epoch ms
 */
export function servedVersionsAt({ version, from, changedAt, rollback }: StoredPointer, at: number): ServedVersions {
  const waits = from !== null && isPending(changedAt, at);
  const order = waits ? [from, version] : [version, version === null || rollback ? null : from];
  return {
    versions: order.filter((candidate) => candidate !== null),
    ...(waits && version !== null ? { next: version } : {}),
  };
}
