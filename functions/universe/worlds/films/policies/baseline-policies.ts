import { PURPOSE, unit } from '#domain/core/philox-random.ts';
import { arrive, isReleased, utilityOf } from '../session/begin-visit-and-score-titles.ts';
import { titleAt } from '../world/daily-word-of-mouth-shares.ts';
import { hasSeen, type World } from '../world/world-data-ids-and-seen-titles.ts';

/**
 * Fills `slate` with distinct titles for one session of an agent, best first, and returns how many it filled in. A
 * policy depends on the session only, so that shards of a universe can be simulated independently.
 */
export type BaselinePolicy = (world: World, agent: number, hour: number, slate: Uint32Array) => number;

/** Number of 32-bit random numbers per block. */
const WORDS = 4;
/**
 * Attempts per position of the slate. When all attempts hit seen, unreleased or repeated titles, the slate stays
 * shorter.
 */
const ATTEMPTS = 3;

/**
 * Samples titles from word of mouth, as an untuned service might: in turn, one title from the whole population's word
 * of mouth and one from that of the agent's friends. Each session gets a new sample.
 */
export const wordOfMouthPolicy: BaselinePolicy = (world, agent, hour, slate) => {
  const { overall, byPersona } = world.wordOfMouth(hour);
  const friends = byPersona[world.agents.persona[agent - world.range.from] as number] ?? overall;
  return fill(world, agent, hour, slate, (point, position) => titleAt(position % 2 === 0 ? overall : friends, point));
};

/** Samples titles uniformly at random. */
export const randomPolicy: BaselinePolicy = (world, agent, hour, slate) =>
  fill(world, agent, hour, slate, (point) => Math.floor(world.size.titles * point));

/** Returns the title for a random number in [0, 1) and a position of the slate. */
type TitleAt = (point: number, position: number) => number;

function fill(world: World, agent: number, hour: number, slate: Uint32Array, titleOf: TitleAt) {
  const row = agent - world.range.from;
  let filled = 0;
  for (let i = 0; i < slate.length * ATTEMPTS && filled < slate.length; i++) {
    const words = world.random.words(agent, hour, PURPOSE.baselineSlate, Math.floor(i / WORDS));
    const title = titleOf(unit(words[i % WORDS]), filled);
    if (hasSeen(world, row, title) || !isReleased(world.catalogue, title, hour)) continue;
    if (includes(slate, filled, title)) continue;
    slate[filled++] = title;
  }
  return filled;
}

function includes(slate: Uint32Array, filled: number, title: number): boolean {
  for (let i = 0; i < filled; i++) if (slate[i] === title) return true;
  return false;
}

/** Fills in the titles with the most word of mouth in the whole population that the agent has not seen. */
export const popularityPolicy: BaselinePolicy = (world, agent, hour, slate) => {
  const row = agent - world.range.from;
  let filled = 0;
  for (const title of world.wordOfMouth(hour).ranked) {
    if (filled === slate.length) break;
    if (!hasSeen(world, row, title) && isReleased(world.catalogue, title, hour)) slate[filled++] = title;
  }
  return filled;
};

/** Fills in the unseen titles with the greatest true utility. No service can compute it: tastes are hidden. */
export const oraclePolicy: BaselinePolicy = (world, agent, hour, slate) => {
  const visit = arrive(world, agent, hour);
  const scores = new Float64Array(slate.length);
  let filled = 0;
  for (let title = 0; title < world.size.titles; title++) {
    const score = utilityOf(world.catalogue, visit, title);
    if (filled === slate.length && score <= (scores[filled - 1] as number)) continue;
    if (hasSeen(world, visit.row, title) || !isReleased(world.catalogue, title, hour)) continue;
    let position = filled < slate.length ? filled++ : filled - 1;
    for (; position > 0 && (scores[position - 1] as number) < score; position--) {
      scores[position] = scores[position - 1] as number;
      slate[position] = slate[position - 1] as number;
    }
    scores[position] = score;
    slate[position] = title;
  }
  return filled;
};

/** The baseline policies by the names that the option `--shelf` accepts. */
export const BASELINE_POLICIES = {
  talked: wordOfMouthPolicy,
  popular: popularityPolicy,
  random: randomPolicy,
  oracle: oraclePolicy,
} as const;
export type BaselinePolicyName = keyof typeof BASELINE_POLICIES;
