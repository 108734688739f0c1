import { utility } from './utility.ts';
import { hasSeen, titleId, type World } from './world.ts';

export interface ScoredTitle {
  readonly titleId: string;
  /** True utility. */
  readonly score: number;
}

/**
 * The agent's best unseen titles by true utility: what only the universe can know. Ties by title number.
 *
 * @returns at most `k`, best first
 */
export function oracleSlate(world: World, agent: number, k: number): ScoredTitle[] {
  const best: { title: number; score: number }[] = [];
  for (let title = 0; title < world.size.titles; title++) {
    const score = utility(world.agents, agent, world.catalogue, title);
    if (best.length === k && score <= (best[k - 1]?.score ?? 0)) continue;
    if (hasSeen(world, agent, title)) continue;
    let at = best.length;
    while (at > 0 && (best[at - 1]?.score ?? 0) < score) at--;
    best.splice(at, 0, { title, score });
    if (best.length > k) best.pop();
  }
  return best.map(({ title, score }) => ({ titleId: titleId(title), score }));
}
