import type { ClientEvent } from '#domain/events.ts';
import { PURPOSE } from '#domain/random.ts';
import { DAY, HOUR } from '#domain/time.ts';
import { cascade, type Look } from './choice.ts';
import { discover } from './discovery.ts';
import { churnProbability, contentment } from './loyalty.ts';
import { ratingOf } from './rating.ts';
import { type Session, sessionEvents } from './session-events.ts';
import { utility } from './utility.ts';
import { hasSeen, markSeen, passedOver, rememberPassed, titleId, titleOf, type World } from './world.ts';

/** What a session gave its agent. */
export interface SessionOutcome {
  readonly plays: number;
  /** Sum of the true utilities of what was played. */
  readonly utility: number;
}

export interface Reaction {
  readonly events: ClientEvent[];
  readonly outcome: SessionOutcome;
}

const HOURS_PER_DAY = DAY / HOUR;
/** Days that the bits of one number can tell apart. */
const MEASURED_DAYS = 32;

/** The agent looks for what it has in mind, meets the slate (title ids, top first), rates, and remembers. */
export function react(world: World, session: Session, slate: readonly string[]): Reaction {
  const { agent, hour } = session;
  const titles = [...new Set(slate)].map((id) => titleOf(world, id)).filter((title) => title !== undefined);
  const found = discover(world, agent, hour);
  if (found) markSeen(world, agent, found.title);
  const looks = look(world, session, titles);
  const played = [...(found ? [found.title] : []), ...looks.filter((look) => look.played).map(({ title }) => title)];
  const utilityOf = (title: number) => utility(world.agents, agent, world.catalogue, title);
  const outcome = { plays: played.length, utility: played.reduce((sum, title) => sum + utilityOf(title), 0) };
  for (const title of played) markSeen(world, agent, title);
  for (const title of titles) world.state.shown[title] = 1;
  rememberPassed(
    world,
    agent,
    looks.filter((look) => !look.played).map(({ title }) => title),
  );
  remember(world, agent, hour, outcome);
  const ratings = ratingsOf(world, agent, played);
  return { events: sessionEvents(session, { looks, found, ratings }, titleId), outcome };
}

function look(world: World, { agent, hour }: Session, titles: readonly number[]): Look[] {
  const stale = passedOver(world, agent);
  return cascade(titles, {
    draws: world.draws,
    agent,
    hour,
    patience: world.agents.patience[agent] ?? 0,
    utilityOf: (title) =>
      hasSeen(world, agent, title) ? Number.NEGATIVE_INFINITY : utility(world.agents, agent, world.catalogue, title),
    isStale: (title) => stale.has(title),
  });
}

function ratingsOf({ draws, agents, catalogue }: World, agent: number, played: readonly number[]): Map<number, number> {
  const ratings = new Map<number, number>();
  for (const title of played) {
    const worth = utility(agents, agent, catalogue, title);
    const stars = ratingOf(draws, agent, title, worth, agents.ratingBias[agent] ?? 0);
    if (stars !== undefined) ratings.set(title, stars);
  }
  return ratings;
}

function remember({ state, draws }: World, agent: number, hour: number, outcome: SessionOutcome): void {
  const content = contentment(state.content[agent] ?? 0, outcome.utility);
  state.content[agent] = content;
  if (draws.uniform(agent, hour, PURPOSE.leave) < churnProbability(content)) state.churned[agent] = 1;
  state.sessions[agent] = (state.sessions[agent] ?? 0) + 1;
  state.plays[agent] = (state.plays[agent] ?? 0) + outcome.plays;
  state.utility[agent] = (state.utility[agent] ?? 0) + outcome.utility;
  const day = Math.floor((hour - (state.measuredFrom[0] ?? 0)) / HOURS_PER_DAY);
  if (day < MEASURED_DAYS) state.activeDays[agent] = (state.activeDays[agent] ?? 0) | (1 << day);
}
