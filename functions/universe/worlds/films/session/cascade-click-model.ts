import { PURPOSE, unit } from '#domain/core/philox-random.ts';
import { appealAfterPlays } from '../../../behaviours/satiation.ts';
import { LONGEST_SLATE } from '../world/visit-buffer.ts';
import { hasSeen, type World, wasSkipped } from '../world/world-data-ids-and-seen-titles.ts';
import { arrive, isReleased, utilityOf } from './begin-visit-and-score-titles.ts';
import { discover } from './organic-discovery.ts';

/** Slope of the play probability around the agent's threshold, per util. */
const SLOPE = 6;
/** Probability that an agent continues with the next title after a play. */
const CONTINUE_AFTER_PLAY = 0.45;
/** Factors on the play and continuation probabilities for a title that the agent skipped in its last session. */
const SKIPPED_APPEAL = 0.7;
const SKIPPED_PATIENCE = 0.95;
/**
 * Utility in utils below which a title bores the agent. The factor reduces the continuation probability after such a
 * title.
 */
const BORING = 0;
const BORED_PATIENCE = 0.9;
/** Number of 32-bit random numbers per block. */
const WORDS = 4;

/**
 * Returns the probability that an agent plays an examined title, if it is the first play of the session.
 *
 * Formula logistic: 1 / (1 + e^(−SLOPE × (utility − threshold)))
 *
 * @param threshold utility at which the probability is one half, in utils
 */
export const appeal = (utility: number, threshold: number): number =>
  1 / (1 + Math.exp(-SLOPE * (utility - threshold)));

/**
 * Simulates the cascade click model: the agent examines the slate from the top, plays titles that appeal, and stops
 * when it is satisfied or bored. Fills the visit's `examinedTitles` and `played`.
 *
 * The random number of a play depends on agent, hour and title, not on the position, so that policies can be compared
 * on twins.
 *
 * Source  Craswell, Zoeter, Taylor, Ramsey 2008, "An experimental comparison of click position-bias models"
 *
 * @param slate distinct title indexes, top first
 * @param count number of titles in `slate`; later entries are ignored
 */
export function cascade(world: World, slate: ArrayLike<number>, count: number): void {
  const { visit, catalogue, random, on } = world;
  const { agent, row, hour, examinedTitles, played } = visit;
  const longest = Math.min(count, LONGEST_SLATE);
  let plays = 0;
  for (let position = 0; position < longest; position++) {
    const title = slate[position] as number;
    const isUnplayable = hasSeen(world, row, title) || !isReleased(catalogue, title, hour);
    const utility = isUnplayable ? Number.NEGATIVE_INFINITY : utilityOf(catalogue, visit, title);
    const isSkipped = wasSkipped(world, row, title);
    const probability = firstPlayProbability(world, title, utility) * (on.satiation ? appealAfterPlays(plays) : 1);
    const isPlayed = !isUnplayable && random.uniform(agent, hour, PURPOSE.play, title) < probability;
    examinedTitles[position] = title;
    played[position] = Number(isPlayed);
    visit.examinedCount = position + 1;
    if (isPlayed) {
      plays++;
      visit.plays++;
      visit.utility += utility;
    }
    if (!on['position-bias']) continue;
    const interest = (isSkipped ? SKIPPED_PATIENCE : 1) * (utility < BORING ? BORED_PATIENCE : 1);
    const continuation = isPlayed ? CONTINUE_AFTER_PLAY : visit.patience * interest;
    if (continuationNumber(world, position) >= continuation) return;
  }
}

/**
 * Returns the probability that the visit's agent plays a title of this utility, if it is the first play of the session.
 */
function firstPlayProbability(world: World, title: number, utility: number): number {
  const { row } = world.visit;
  const threshold = world.agents.playThreshold[row] as number;
  return appeal(utility, threshold) * (wasSkipped(world, row, title) ? SKIPPED_APPEAL : 1);
}

/**
 * Returns the probability that an agent with a session in this hour plays a title at the top of its slate. The top
 * title is always examined, so only the random number for the play remains uncertain. A title that the agent discovers
 * without the slate has probability 0, because it is not played twice. Changes no state except the visit buffer.
 */
export function playProbabilityAtTop(world: World, agent: number, hour: number, title: number): number {
  const visit = arrive(world, agent, hour);
  discover(world);
  const isUnplayable =
    title === visit.discovered || hasSeen(world, visit.row, title) || !isReleased(world.catalogue, title, hour);
  return isUnplayable ? 0 : firstPlayProbability(world, title, utilityOf(world.catalogue, visit, title));
}

/**
 * Returns the random number that decides whether the agent continues after a position. One block serves four positions.
 */
function continuationNumber({ visit, random }: World, position: number): number {
  const words = random.words(visit.agent, visit.hour, PURPOSE.continuation, Math.floor(position / WORDS));
  return unit(words[position % WORDS]);
}
