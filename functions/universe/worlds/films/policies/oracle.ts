import { arrive, isReleased, utilityOf } from '../session/arrival-and-utility.ts';
import { hasSeen, titleId, type World } from '../world/world.ts';

export interface ScoredTitle {
  readonly titleId: string;
  /** True utility. */
  readonly score: number;
}

/**
 * The best unseen titles by true utility for whoever has come: what only the universe can know. Ties by title number.
 *
 * @returns at most `k`, best first
 */
export function oracleSlate(world: World, agent: number, hour: number, k: number): ScoredTitle[] {
  const visit = arrive(world, agent, hour);
  const best: { title: number; score: number }[] = [];
  for (let title = 0; title < world.size.titles; title++) {
    const score = utilityOf(world.catalogue, visit, title);
    if (best.length === k && score <= (best[k - 1]?.score ?? 0)) continue;
    if (hasSeen(world, visit.at, title) || !isReleased(world.catalogue, title, hour)) continue;
    let at = best.length;
    while (at > 0 && (best[at - 1]?.score ?? 0) < score) at--;
    best.splice(at, 0, { title, score });
    if (best.length > k) best.pop();
  }
  return best.map(({ title, score }) => ({ titleId: titleId(title), score }));
}
