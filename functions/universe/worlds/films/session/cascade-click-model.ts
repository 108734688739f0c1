import { PURPOSE, unit } from '#domain/core/random.ts';
import { appealAfterPlays } from '../../../behaviours/satiation.ts';
import { LONGEST_SLATE } from '../world/visit-record.ts';
import { hasSeen, type World, wasSkipped } from '../world/world.ts';
import { arrive, isReleased, utilityOf } from './arrival-and-utility.ts';
import { discover } from './organic-discovery.ts';

/** How sharply playing sets in around the utility from which on the agent plays. */
const SHARPNESS = 6;
/** Looking on after a play. */
const ON_AFTER_PLAY = 0.45;
/** What was passed over the last time appeals less, and looking on is less tempting. */
const SKIPPED_APPEAL = 0.7;
const SKIPPED_PATIENCE = 0.95;
/** Below this utility a title bores, and looking on is less tempting. */
const BORING = 0;
const BORED_PATIENCE = 0.9;
const WORDS = 4;

/**
 * Probability that an examined title is played, when it is the first of the session.
 *
 * @param playThreshold utility at which it is one half
 */
export const appeal = (utility: number, playThreshold: number): number =>
  1 / (1 + Math.exp(-SHARPNESS * (utility - playThreshold)));

/**
 * The cascade: the agent looks at the slate from the top, plays what appeals, and leaves when satisfied or bored. Each
 * draw belongs to (agent, hour, title), so that the same title meets the same luck wherever a policy puts it. Fills the
 * visit's `looked` and `played`, a prefix of the slate.
 *
 * @param slate title indexes, top first, each once
 * @param count how many of them count
 * Source  Craswell, Zoeter, Taylor, Ramsey 2008, "An experimental comparison of click position-bias models"
 */
export function cascade(world: World, slate: ArrayLike<number>, count: number): void {
  const { visit, catalogue, random, on } = world;
  const { agent, at, hour, examinedTitles, played } = visit;
  const longest = Math.min(count, LONGEST_SLATE);
  let plays = 0;
  for (let position = 0; position < longest; position++) {
    const title = slate[position] as number;
    const isDead = hasSeen(world, at, title) || !isReleased(catalogue, title, hour);
    const utility = isDead ? Number.NEGATIVE_INFINITY : utilityOf(catalogue, visit, title);
    const isSkipped = wasSkipped(world, at, title);
    const tempted = firstPlayProbability(world, title, utility) * (on.satiation ? appealAfterPlays(plays) : 1);
    const isPlayed = !isDead && random.uniform(agent, hour, PURPOSE.play, title) < tempted;
    examinedTitles[position] = title;
    played[position] = Number(isPlayed);
    visit.examinedCount = position + 1;
    if (isPlayed) {
      plays++;
      visit.plays++;
      visit.utility += utility;
    }
    const interest = (isSkipped ? SKIPPED_PATIENCE : 1) * (utility < BORING ? BORED_PATIENCE : 1);
    if (
      on['position-bias'] &&
      continuationNumber(world, position) >= (isPlayed ? ON_AFTER_PLAY : visit.patience * interest)
    )
      return;
  }
}

/** Probability that a title of this utility is played by whoever has come, when it is the first that is. */
function firstPlayProbability(world: World, title: number, utility: number): number {
  const { at } = world.visit;
  const playThreshold = world.agents.playThreshold[at] as number;
  return appeal(utility, playThreshold) * (wasSkipped(world, at, title) ? SKIPPED_APPEAL : 1);
}

/**
 * Probability that the agent, if it comes in this hour, plays the title that stands at the top, which is always looked at: over
 * the draw for playing alone. What it comes for by itself it does not play a second time. Changes nothing.
 */
export function playProbabilityAtTop(world: World, agent: number, hour: number, title: number): number {
  const visit = arrive(world, agent, hour);
  discover(world);
  const isDead = title === visit.found || hasSeen(world, visit.at, title) || !isReleased(world.catalogue, title, hour);
  return isDead ? 0 : firstPlayProbability(world, title, utilityOf(world.catalogue, visit, title));
}

/** The draw for looking on from a position: one block of words serves four of them. */
function continuationNumber({ visit, random }: World, position: number): number {
  const drawn = random.words(visit.agent, visit.hour, PURPOSE.continuation, Math.floor(position / WORDS));
  return unit(drawn[position % WORDS]);
}
