import { PURPOSE, unit } from '#domain/core/philox-random.ts';
import { titleAt, type WordOfMouth } from '../world/daily-word-of-mouth-shares.ts';
import { hasSeen, type World } from '../world/world-data-ids-and-seen-titles.ts';
import { isReleased, utilityOf } from './begin-visit-and-score-titles.ts';

/** Share of the sessions in which the agent searches for a title before it sees the slate. */
const SEARCH_SHARE = 0.55;
/**
 * Numbers of titles that an agent has heard of, through the word of mouth of the whole population and of its friends.
 */
const FROM_EVERYONE = 3;
const FROM_FRIENDS = 9;
/** Utility below which the agent does not search for a title, in utils. */
const WORTH_A_SEARCH = 0.8;
/** Number of 32-bit random numbers per block. */
const WORDS = 4;

/**
 * Simulates organic discovery: in some sessions the agent searches for the best of the titles that it has heard of, and
 * plays it. These plays do not depend on any slate; without them, a service could learn only about titles that it
 * already shows. Sets the visit's `discovered` title.
 */
export function discover(world: World): void {
  const { visit, random, catalogue } = world;
  const { agent, hour, row } = visit;
  if (random.uniform(agent, hour, PURPOSE.search) >= SEARCH_SHARE) return;
  const wordOfMouth = world.wordOfMouth(hour);
  const words = random.words.bind(undefined, agent, hour, PURPOSE.searchPick);
  let best = WORTH_A_SEARCH;
  for (let i = 0; i < FROM_EVERYONE + FROM_FRIENDS; i++) {
    const point = unit(words(Math.floor(i / WORDS))[i % WORDS]);
    const title = titleAt(sharesFor(wordOfMouth, visit.persona, i), point);
    if (hasSeen(world, row, title) || !isReleased(catalogue, title, hour)) continue;
    const utility = utilityOf(catalogue, visit, title);
    if (utility <= best) continue;
    best = utility;
    visit.discovered = title;
  }
  if (visit.discovered < 0) return;
  visit.plays++;
  visit.utility += best;
}

const sharesFor = ({ overall, byPersona }: WordOfMouth, persona: number, i: number): Float64Array =>
  i < FROM_EVERYONE ? overall : (byPersona[persona] ?? overall);
