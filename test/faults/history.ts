/** What a client did and what the system kept, set against each other. */
export interface Verdict {
  /** Acknowledged, and not in what was kept: must be empty. */
  readonly lost: readonly string[];
  /** Kept more than once: must be empty where duplicates have an effect. */
  readonly duplicated: readonly string[];
  /** Kept, and never attempted: must be empty. */
  readonly invented: readonly string[];
}

/** Judges a history of event ids. An id attempted but not acknowledged may be kept or not. */
export function judge(attempted: Iterable<string>, acknowledged: Iterable<string>, kept: readonly string[]): Verdict {
  const tried = new Set(attempted);
  const counts = new Map<string, number>();
  for (const id of kept) counts.set(id, (counts.get(id) ?? 0) + 1);
  return {
    lost: [...acknowledged].filter((id) => !counts.has(id)),
    duplicated: [...counts].filter(([, count]) => count > 1).map(([id]) => id),
    invented: [...counts.keys()].filter((id) => !tried.has(id)),
  };
}

/**
 * What a reader sees in another order than it was attempted in, by first occurrence: must be empty.
 *
 * @param attempted of one key, in order @param kept of the same key, in the log's order
 */
export function reordered(attempted: readonly string[], kept: readonly string[]): string[] {
  const rank = new Map(attempted.map((id, i) => [id, i]));
  let latest = -1;
  return [...new Set(kept)].filter((id) => {
    const before = latest;
    latest = Math.max(latest, rank.get(id) ?? -1);
    return (rank.get(id) ?? before) < before;
  });
}
