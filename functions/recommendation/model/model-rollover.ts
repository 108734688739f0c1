import { SECOND } from '#domain/core/time.ts';
import type { StoredPointer } from '#domain/models/model-versions.ts';

/** How often aliases are looked at, milliseconds. */
export const CHECK_EVERY = 4 * SECOND;
/** A change takes effect when so many looks have begun after it: the first finds it, and what it loads serves from the second. */
const LOOKS = 2;

export interface Serving {
  /** The first of these that can be loaded serves; none was taken back. Empty: the alias names nothing. */
  readonly versions: readonly string[];
  /** Will serve soon: to be loaded now, beside what serves. */
  readonly next?: string;
}

/** Whether a change is known and not yet in effect. Both UTC epoch ms. */
export function isPending(changedAt: number, at: number): boolean {
  const looks = Math.floor(at / CHECK_EVERY) - Math.floor(changedAt / CHECK_EVERY);
  return at !== changedAt && Math.abs(looks) < LOOKS;
}

/**
 * What serves at a time, by an alias. A change takes effect 4 to 8 seconds after it was made, at the same moment in every
 * process, and each has had the time between two looks to load the new version: no request waits for it. Where the
 * clock does not flow (a simulation; an alias moved by another clock) it takes effect at once.
 *
 * @param at UTC epoch ms
 */
export function servingAt({ version, from, changedAt, rollback }: StoredPointer, at: number): Serving {
  const waits = from !== null && isPending(changedAt, at);
  const order = waits ? [from, version] : [version, version === null || rollback ? null : from];
  return {
    versions: order.filter((candidate) => candidate !== null),
    ...(waits && version !== null ? { next: version } : {}),
  };
}
