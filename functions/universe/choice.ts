import { type Draws, PURPOSE } from '#domain/random.ts';

/** Utility at which an agent plays an examined title half of the time, and how sharply that changes. */
const PLAY_AT = 1;
const SHARPNESS = 3;
/** Each play makes another one in the same session less likely. */
const SATIATION = 0.45;
/** Looking on after a play. */
const ON_AFTER_PLAY = 0.45;
/** What was passed over the last time appeals less, and looking on is less tempting. */
const STALE_APPEAL = 0.7;
const STALE_PATIENCE = 0.95;
/** Below this utility a title bores, and looking on is less tempting. */
const BORING = 0;
const BORED_PATIENCE = 0.9;

export interface Look {
  readonly title: number;
  readonly played: boolean;
}

interface Chooser {
  readonly draws: Draws;
  readonly agent: number;
  readonly hour: number;
  /** Probability of looking at one more title. */
  readonly patience: number;
  readonly utilityOf: (title: number) => number;
  /** Whether the agent passed the title over the last time. */
  readonly isStale: (title: number) => boolean;
}

/**
 * The cascade: the agent looks at the slate from the top, plays what appeals, and leaves when satisfied or bored. Each
 * draw belongs to (agent, hour, title), so that the same title meets the same luck wherever a policy puts it.
 *
 * @param slate title indexes, top first
 * @returns what was looked at, in order: a prefix of the slate
 * Source  Craswell, Zoeter, Taylor, Ramsey 2008, "An experimental comparison of click position-bias models"
 */
export function cascade(slate: readonly number[], chooser: Chooser): Look[] {
  const { draws, agent, hour, patience, utilityOf, isStale } = chooser;
  const looks: Look[] = [];
  let plays = 0;
  for (const [position, title] of slate.entries()) {
    const [utility, stale] = [utilityOf(title), isStale(title)];
    const appeal = appealOf(utility, plays) * (stale ? STALE_APPEAL : 1);
    const played = draws.uniform(agent, hour, PURPOSE.play, title) < appeal;
    looks.push({ title, played });
    if (played) plays++;
    const interest = (stale ? STALE_PATIENCE : 1) * (utility < BORING ? BORED_PATIENCE : 1);
    if (draws.uniform(agent, hour, PURPOSE.goOn, position) >= (played ? ON_AFTER_PLAY : patience * interest)) break;
  }
  return looks;
}

/** Probability that an examined title of this utility is played. @param plays how many came before it in the session */
export const appealOf = (utility: number, plays: number): number =>
  SATIATION ** plays / (1 + Math.exp(-SHARPNESS * (utility - PLAY_AT)));
