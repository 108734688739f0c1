/** Which implementation runs in each position: the learner's own, or the reference. */
export type Mix = readonly boolean[];

/**
 * Returns rows in which each pair of factors takes all four pairs of values. Each row is built from a pair that no row
 * contains yet, and each further factor takes the value that covers more new pairs.
 */
export function pairwiseMixes(factors: number): Mix[] {
  const open = new Map<string, readonly [number, boolean, number, boolean]>();
  const nameOf = (i: number, own: boolean, j: number, other: boolean) =>
    i < j ? `${i}${own}-${j}${other}` : `${j}${other}-${i}${own}`;
  for (let i = 0; i < factors; i++)
    for (let j = i + 1; j < factors; j++)
      for (const own of [true, false])
        for (const other of [true, false]) open.set(nameOf(i, own, j, other), [i, own, j, other]);
  const rows: Mix[] = [];
  for (let [first] = open.values(); first; [first] = open.values()) {
    const row = new Map([
      [first[0], first[1]],
      [first[2], first[3]],
    ]);
    for (let i = 0; i < factors; i++) {
      if (row.has(i)) continue;
      const gain = (own: boolean) => [...row].filter(([j, other]) => open.has(nameOf(i, own, j, other))).length;
      row.set(i, gain(true) >= gain(false));
    }
    const mix = Array.from({ length: factors }, (_, i) => row.get(i) === true);
    for (const [i, own] of mix.entries())
      for (const [j, other] of mix.entries()) if (i < j) open.delete(nameOf(i, own, j, other));
    rows.push(mix);
  }
  return rows;
}
