/** What clients did with a system: ids, in the order in which they were sent. */
export interface History {
  /** Everything that was sent, answered or not; an id that was sent again stands here again. */
  readonly attempted: readonly string[];
  /** What was answered with a promise to keep it. */
  readonly acknowledged: readonly string[];
}

/** What one reader found, in its order. */
export interface Reading {
  readonly ids: readonly string[];
  /** Order holds among ids of one key. @default - all have one key */
  readonly keyOf?: (id: string) => string;
  /** What another reader, who should see the same, had found. @default - the same */
  readonly kept?: readonly string[];
}

/** Each list must be empty, where it is no fault to be in it for that reader. */
export interface Verdict {
  /** Acknowledged, and not found. */
  readonly lost: readonly string[];
  /** Found more than once. */
  readonly duplicated: readonly string[];
  /** Found, and never attempted. */
  readonly invented: readonly string[];
  /** Found in another order than attempted, by first occurrence, among ids of one key. */
  readonly reordered: readonly string[];
  /** Kept according to another reader, and not found by this one. */
  readonly unseen: readonly string[];
}

export const FAULTLESS: Verdict = { lost: [], duplicated: [], invented: [], reordered: [], unseen: [] };

/** Sets what clients did and what a reader found against each other. An id attempted and not acknowledged may be there or not. */
export function judge({ attempted, acknowledged }: History, { ids, keyOf = () => '', kept = ids }: Reading): Verdict {
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

/** What a fault test measured, for the page that says so (docs/faults.md). */
export function report(
  name: string,
  { attempted, acknowledged }: History,
  facts: Readonly<Record<string, number>>,
): void {
  const counts = { attempted: attempted.length, acknowledged: acknowledged.length, ...facts };
  const line = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
  process.stderr.write(`${name}: ${line.join(', ')}\n`);
}
