/** Titles of the same first genre in a row that a slate may hold. */
const MAX_RUN = 3;

/**
 * Breaks up runs: after three titles of one genre in a row the best title of another genre comes next, if there is one.
 * A seam: the order is all it decides.
 *
 * @param ranked best first
 * @returns at most `k` of them, each once
 */
export function rerank<Title>(ranked: readonly Title[], k: number, genreOf: (title: Title) => string): Title[] {
  const left = [...ranked];
  const slate: Title[] = [];
  while (slate.length < k && left.length > 0) {
    const run = slate.slice(-MAX_RUN).map(genreOf);
    const tired = run.length === MAX_RUN && run.every((genre) => genre === run[0]);
    const other = tired ? left.findIndex((title) => genreOf(title) !== run[0]) : 0;
    slate.push(...left.splice(Math.max(0, other), 1));
  }
  return slate;
}
