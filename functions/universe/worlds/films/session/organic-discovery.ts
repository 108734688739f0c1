import { PURPOSE, unit } from '#domain/core/random.ts';
import { titleAt, type WordOfMouth } from '../world/word-of-mouth-index.ts';
import { hasSeen, type World } from '../world/world.ts';
import { isReleased, utilityOf } from './arrival-and-utility.ts';

/** Share of the sessions that begin with a title in mind. */
const SEARCHES = 0.55;
/** Titles an agent has heard of lately: some that everybody talks about, some that only its friends do. */
const FAMOUS = 3;
const BY_FRIENDS = 9;
/** Utility below which an agent does not bother to look a title up. */
const WORTH_A_SEARCH = 0.8;
const WORDS = 4;

/**
 * Organic discovery: some agents come for a title they heard of, the best for them of a few. It puts plays outside the
 * slate into the log, without which a service could learn only about what it already shows. Sets the visit's `found`.
 */
export function discover(world: World): void {
  const { visit, random, catalogue } = world;
  const { agent, hour, at } = visit;
  if (random.uniform(agent, hour, PURPOSE.search) >= SEARCHES) return;
  const talk = world.talk(hour);
  const heard = random.words.bind(undefined, agent, hour, PURPOSE.searchPick);
  let best = WORTH_A_SEARCH;
  for (let i = 0; i < FAMOUS + BY_FRIENDS; i++) {
    const point = unit(heard(Math.floor(i / WORDS))[i % WORDS]);
    const title = titleAt(sharesFor(talk, visit.persona, i), point);
    if (hasSeen(world, at, title) || !isReleased(catalogue, title, hour)) continue;
    const utility = utilityOf(catalogue, visit, title);
    if (utility <= best) continue;
    best = utility;
    visit.found = title;
  }
  if (visit.found < 0) return;
  visit.plays++;
  visit.utility += best;
}

const sharesFor = (talk: WordOfMouth, persona: number, i: number): Float64Array =>
  i < FAMOUS ? talk.overall : (talk.byPersona[persona] ?? talk.overall);
