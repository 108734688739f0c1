import type { Outcome } from './replay-requests-and-read-stores.ts';

export interface Difference {
  /** Path to the value, such as `slates.parity-u-3.items.0.titleId`. */
  readonly where: string;
  readonly here: unknown;
  readonly there: unknown;
}

/**
 * Relative tolerances. That of scores is larger, because the model's input contains the title's age, which depends on
 * the clock.
 */
const TOLERANCE = { exact: 1e-9, score: 1e-3 };

/** Returns the values that differ between two outcomes. */
export function differences(here: Outcome, there: Outcome): Difference[] {
  const [ours, theirs] = [leaves(here), leaves(there)];
  const paths = [...new Set([...ours.keys(), ...theirs.keys()])];
  return paths
    .filter((where) => !same(where, ours.get(where), theirs.get(where)))
    .map((where) => ({ where, here: ours.get(where), there: theirs.get(where) }));
}

/** Returns the number of values in an outcome. A comparison of empty outcomes would prove nothing. */
export const valuesIn = (outcome: Outcome): number => leaves(outcome).size;

function leaves(value: unknown, path = '', found = new Map<string, unknown>()): Map<string, unknown> {
  if (value !== null && typeof value === 'object' && Object.keys(value).length > 0) {
    for (const [name, part] of Object.entries(value)) leaves(part, path === '' ? name : `${path}.${name}`, found);
  } else if (value !== undefined) found.set(path, typeof value === 'object' ? JSON.stringify(value) : value);
  return found;
}

function same(where: string, here: unknown, there: unknown): boolean {
  if (typeof here !== 'number' || typeof there !== 'number') return here === there;
  const tolerance = where.endsWith('.score') ? TOLERANCE.score : TOLERANCE.exact;
  return Math.abs(here - there) <= tolerance * Math.max(1, Math.abs(here));
}
