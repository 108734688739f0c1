import { SECOND } from '#domain/core/time.ts';
import type { StoredPointer } from '#domain/models/model-versions.ts';

/** Milliseconds between two polls of the aliases. */
export const POLL_EVERY = 4 * SECOND;
/** Polls between a change and its effect: the first finds the change and starts loading, from the second on the new version serves. */
const POLLS_UNTIL_EFFECT = 2;

/** The versions that an alias serves at one time. */
export interface ServedVersions {
  /** The first of these that can be loaded serves. No rolled-back version is among them. Empty if the alias names no version. */
  readonly versions: readonly string[];
  /** Version that serves soon: load it now, next to the one that serves. */
  readonly next?: string;
}

/** Returns whether a change is known and has no effect yet. @param changedAt UTC epoch ms @param at UTC epoch ms */
export function isPending(changedAt: number, at: number): boolean {
  const polls = Math.floor(at / POLL_EVERY) - Math.floor(changedAt / POLL_EVERY);
  return at !== changedAt && Math.abs(polls) < POLLS_UNTIL_EFFECT;
}

/**
 * Returns the versions that an alias serves at a time. A change takes effect 4 to 8 seconds after it was made, at the same time in
 * every process. Each process has at least the time between two polls to load the new version, so no request waits for it.
 * If the clock does not advance (a simulation), or another clock moved the alias, a change takes effect at once.
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
