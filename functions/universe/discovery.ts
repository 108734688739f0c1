import { PURPOSE } from '#domain/random.ts';
import { famousTitle, titleName } from './catalogue.ts';
import { utility } from './utility.ts';
import { hasSeen, type World } from './world.ts';

/** Share of the sessions that begin with a title in mind. */
const SEARCHES = 0.55;
/** Titles an agent has heard of lately: some that everybody talks about, some that only a friend does. */
const FAMOUS = 3;
const BY_FRIENDS = 15;
/** Utility below which an agent does not bother to look a title up. */
const WORTH_A_SEARCH = 0.8;

export interface Found {
  readonly title: number;
  readonly query: string;
}

/**
 * Organic discovery: some agents come for a title they heard of, the best for them of a few. It puts plays outside the
 * slate into the log, without which a service could learn only about what it already shows.
 */
export function discover(world: World, agent: number, hour: number): Found | undefined {
  const { draws, catalogue, size } = world;
  if (draws.uniform(agent, hour, PURPOSE.search) >= SEARCHES) return undefined;
  let best: { title: number; worth: number } | undefined;
  for (let i = 0; i < FAMOUS + BY_FRIENDS; i++) {
    const point = draws.uniform(agent, hour, PURPOSE.searchPick, i);
    const title = i < FAMOUS ? famousTitle(catalogue, point) : Math.floor(size.titles * point);
    const worth = utility(world.agents, agent, catalogue, title);
    if (!hasSeen(world, agent, title) && worth > (best?.worth ?? WORTH_A_SEARCH)) best = { title, worth };
  }
  return best && { title: best.title, query: titleName(best.title, draws) };
}
