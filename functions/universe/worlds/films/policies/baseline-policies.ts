import { PURPOSE, unit } from '#domain/core/random.ts';
import { arrive, isReleased, utilityOf } from '../session/arrival-and-utility.ts';
import { titleAt } from '../world/word-of-mouth-index.ts';
import { hasSeen, type World } from '../world/world.ts';

/** Fills `slate` with titles for who comes in this hour, each once, best first. @returns how many */
export type BaselinePolicy = (world: World, agent: number, hour: number, slate: Uint32Array) => number;

const WORDS = 4;
/** RandomNumbers per place of the slate, before it stays shorter. */
const TRIES = 3;

/**
 * What a service shows that nobody has tuned: by turns, a title that everybody talks about and one that friends do, drawn
 * anew for each session. It depends on nothing but the session, so that shards of a universe need not know one another.
 */
export const wordOfMouthPolicy: BaselinePolicy = (world, agent, hour, slate) => {
  const { overall, byPersona } = world.talk(hour);
  const friends = byPersona[world.agents.persona[agent - world.range.from] as number] ?? overall;
  return fill(world, agent, hour, slate, (point, place) => titleAt(place % 2 === 0 ? overall : friends, point));
};

/** Titles by chance. */
export const randomPolicy: BaselinePolicy = (world, agent, hour, slate) =>
  fill(world, agent, hour, slate, (point) => Math.floor(world.size.titles * point));

/** A title by a uniform draw, for a place of the slate. */
type TitleAt = (point: number, place: number) => number;

function fill(world: World, agent: number, hour: number, slate: Uint32Array, titleOf: TitleAt) {
  const at = agent - world.range.from;
  let filled = 0;
  for (let i = 0; i < slate.length * TRIES && filled < slate.length; i++) {
    const drawn = world.random.words(agent, hour, PURPOSE.baselineSlate, Math.floor(i / WORDS));
    const title = titleOf(unit(drawn[i % WORDS]), filled);
    if (hasSeen(world, at, title) || !isReleased(world.catalogue, title, hour) || holds(slate, filled, title)) continue;
    slate[filled++] = title;
  }
  return filled;
}

function holds(slate: Uint32Array, filled: number, title: number): boolean {
  for (let i = 0; i < filled; i++) if (slate[i] === title) return true;
  return false;
}

/** The same for everybody, less what they have seen: most talked about first. */
export const popularityPolicy: BaselinePolicy = (world, agent, hour, slate) => {
  const at = agent - world.range.from;
  let filled = 0;
  for (const title of world.talk(hour).ranked) {
    if (filled === slate.length) break;
    if (!hasSeen(world, at, title) && isReleased(world.catalogue, title, hour)) slate[filled++] = title;
  }
  return filled;
};

/** The best by true utility: only the universe can know. */
export const oraclePolicy: BaselinePolicy = (world, agent, hour, slate) => {
  const visit = arrive(world, agent, hour);
  const scores = new Float64Array(slate.length);
  let filled = 0;
  for (let title = 0; title < world.size.titles; title++) {
    const score = utilityOf(world.catalogue, visit, title);
    if (filled === slate.length && score <= (scores[filled - 1] as number)) continue;
    if (hasSeen(world, visit.at, title) || !isReleased(world.catalogue, title, hour)) continue;
    let place = filled < slate.length ? filled++ : filled - 1;
    for (; place > 0 && (scores[place - 1] as number) < score; place--) {
      scores[place] = scores[place - 1] as number;
      slate[place] = slate[place - 1] as number;
    }
    scores[place] = score;
    slate[place] = title;
  }
  return filled;
};

export const BASELINE_POLICIES = {
  talked: wordOfMouthPolicy,
  popular: popularityPolicy,
  random: randomPolicy,
  oracle: oraclePolicy,
} as const;
export type BaselinePolicyName = keyof typeof BASELINE_POLICIES;
