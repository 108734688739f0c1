/** Ids that clients sent to a system, in the order of sending. */
export interface History {
  /** All ids that were sent, acknowledged or not. Retried ids appear repeatedly. */
  readonly attempted: readonly string[];
  /** Ids that the system acknowledged as durable. */
  readonly acknowledged: readonly string[];
}

/** Ids that one reader found, in its order. */
export interface Reading {
  readonly ids: readonly string[];
  /** Key of an id. Order is required only within a key. @default - the same key for all ids */
  readonly keyOf?: (id: string) => string;
  /** Ids that another reader found. Both readers should find the same ids. @default - the same ids */
  readonly kept?: readonly string[];
}

/** Violations by kind. For a correct system each list is empty, unless the reader allows violations of that kind. */
export interface Violations {
  /** Acknowledged, but not found. */
  readonly lost: readonly string[];
  /** Found more than once. */
  readonly duplicated: readonly string[];
  /** Found, but never sent. */
  readonly invented: readonly string[];
  /** Found in another order than sent, by first occurrence within each key. */
  readonly reordered: readonly string[];
  /** Found by the other reader, but not by this one. */
  readonly unseen: readonly string[];
}

export const NO_VIOLATIONS: Violations = { lost: [], duplicated: [], invented: [], reordered: [], unseen: [] };

/** Compares the ids that clients sent with the ids that a reader found. An unacknowledged id may be found or not. */
export function compareHistory(
  { attempted, acknowledged }: History,
  { ids, keyOf = () => '', kept = ids }: Reading,
): Violations {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  const tried = new Set(attempted);
  const once = (list: readonly string[]) => [...new Set(list)];
  return {
    lost: once(acknowledged).filter((id) => !counts.has(id)),
    duplicated: [...counts].filter(([, count]) => count > 1).map(([id]) => id),
    invented: [...counts.keys()].filter((id) => !tried.has(id)),
    reordered: reordered(attempted, ids, keyOf),
    unseen: once(kept).filter((id) => !counts.has(id)),
  };
}

function reordered(attempted: readonly string[], found: readonly string[], keyOf: (id: string) => string): string[] {
  const rank = new Map([...new Set(attempted)].map((id, i) => [id, i]));
  const latest = new Map<string, number>();
  return [...new Set(found)].filter((id) => {
    const before = latest.get(keyOf(id)) ?? -1;
    const own = rank.get(id) ?? before;
    latest.set(keyOf(id), Math.max(before, own));
    return own < before;
  });
}

/** Prints the measurements of a fault test for docs/faults.md. */
export function report(
  name: string,
  { attempted, acknowledged }: History,
  facts: Readonly<Record<string, number>>,
): void {
  const counts = { attempted: attempted.length, acknowledged: acknowledged.length, ...facts };
  const line = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  process.stderr.write(`${name}: ${line.join(', ')}\n`);
}
