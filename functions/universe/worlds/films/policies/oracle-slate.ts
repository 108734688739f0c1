import { arrive, isReleased, utilityOf } from '../session/begin-visit-and-score-titles.ts';
import { hasSeen, titleId, type World } from '../world/world-data-ids-and-seen-titles.ts';

export interface ScoredTitle {
  readonly titleId: string;
  /** True utility, in utils. */
  readonly score: number;
}

/**
 * Returns the `k` unseen titles with the greatest true utility for an agent in an hour, best first. Titles of equal
 * utility are in the order of their numbers. Only the universe can compute this: tastes are hidden.
 */
export function oracleSlate(world: World, agent: number, hour: number, k: number): ScoredTitle[] {
  const visit = arrive(world, agent, hour);
  const best: { title: number; score: number }[] = [];
  for (let title = 0; title < world.size.titles; title++) {
    const score = utilityOf(world.catalogue, visit, title);
    if (best.length === k && score <= (best[k - 1]?.score ?? 0)) continue;
    if (hasSeen(world, visit.row, title) || !isReleased(world.catalogue, title, hour)) continue;
    let position = best.length;
    while (position > 0 && (best[position - 1]?.score ?? 0) < score) position--;
    best.splice(position, 0, { title, score });
    if (best.length > k) best.pop();
  }
  return best.map(({ title, score }) => ({ titleId: titleId(title), score }));
}
