/** Maximum number of consecutive titles of a slate with the same first genre. */
const MAX_RUN = 3;
/** Maximum share of a slate with the same first genre. */
const MAX_SHARE = 0.7;

/** Limits how often a genre may appear in a slate. Titles without a genre are not limited. */
export interface GenreCaps {
  /** Returns whether a title of this genre may be next. */
  allows(genre: string): boolean;
  /** Counts a title that was added to the slate. */
  add(genre: string): void;
}

/** @param k length of the slate */
export function genreCaps(k: number): GenreCaps {
  const most = Math.max(MAX_RUN, Math.ceil(MAX_SHARE * k));
  const counts = new Map<string, number>();
  const full = new Set<string>();
  let [last, run] = ['', 0];
  return {
    allows: (genre) => genre === '' || !((run >= MAX_RUN && genre === last) || full.has(genre)),
    add(genre) {
      run = genre === last ? run + 1 : 1;
      last = genre;
      const count = (counts.get(genre) ?? 0) + 1;
      counts.set(genre, count);
      if (count >= most) full.add(genre);
    },
  };
}
