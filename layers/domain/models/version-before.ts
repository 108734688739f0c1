import type { AliasChange } from './model-registry-items.ts';

/**
 * Returns the version that a rollback restores: the version that the alias pointed to before the current one. A rollback removes
 * the version that it replaces from the sequence, so that a second rollback goes one version further back.
 *
 * Never   returns a version that was rolled back
 *
 * @param log changes of the alias, oldest first
 * @returns null if the alias pointed to no version before
 */
export function versionBefore(log: readonly AliasChange[]): string | null {
  const sequence: (string | null)[] = [null];
  for (const { to, rollback } of log) {
    const at = rollback ? sequence.lastIndexOf(to) : -1;
    if (at === -1) sequence.push(to);
    else sequence.length = at + 1;
  }
  return sequence.at(-2) ?? null;
}
