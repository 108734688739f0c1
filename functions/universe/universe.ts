import type { ClientEvent } from '#domain/events.ts';
import { type Draws, draws, PURPOSE } from '#domain/random.ts';
import { DAY, HOUR, MINUTE } from '#domain/time.ts';
import { type Agents, COUNTRIES, createAgents, DEVICES } from './agents.ts';
import { type Catalogue, createCatalogue, famousTitle, GENRES, releasedAt, titleName } from './catalogue.ts';
import { cascade } from './choice.ts';
import { churnProbability, contentment, eagerness } from './loyalty.ts';
import { ratingOf } from './rating.ts';
import { rhythm } from './rhythm.ts';
import { type Session, sessionEvents } from './session-events.ts';
import { type AgentState, newState, restoreState, rowBytes, saveState } from './state.ts';
import { utility } from './utility.ts';

/** How a universe is drawn. */
export interface UniverseSize {
  readonly seed: number;
  readonly agents: number;
  readonly titles: number;
  /** A Monday at 00:00 UTC, epoch milliseconds. */
  readonly startAt: number;
}

/** What a session gave its agent. */
export interface SessionOutcome {
  readonly plays: number;
  /** Sum of the true utilities of what was played. */
  readonly utility: number;
}

export type Universe = ReturnType<typeof createUniverse>;

const FORMAT = 1;
const HOURS_PER_DAY = DAY / HOUR;
/** Sessions start early enough in the hour that their events end within it. */
const START_MINUTES = 40;
const SEARCHES = 0.3;
const HEARD_OF = 8;
/** Utility below which an agent does not bother to play what it heard of. */
const WORTH_A_SEARCH = 0.6;
const AGENT_DIGITS = 5;
const TITLE_DIGITS = 4;

interface World {
  readonly size: UniverseSize;
  readonly draws: Draws;
  readonly catalogue: Catalogue;
  readonly agents: Agents;
  readonly state: AgentState;
}

/**
 * A city of agents with hidden tastes and the titles they may watch. Whatever happens is a pure function of the seed and
 * of the slates it is shown; hours must be lived in order, the sessions of one hour in any order.
 */
export function createUniverse(size: UniverseSize) {
  const random = draws(size.seed);
  const world: World = {
    size,
    draws: random,
    catalogue: createCatalogue(size.titles, random),
    agents: createAgents(size.agents, random),
    state: newState(size.agents, size.titles),
  };
  const identity = `agentbricks universe ${FORMAT}: ${size.seed}/${size.agents}/${size.titles}/${size.startAt}`;
  return {
    size,
    state: world.state,
    userId,
    titleId,
    /** One `title` event per title of the catalogue. */
    catalogueEvents: () => catalogueEvents(world),
    /** The sign-ups of one hour. */
    signupsOf: (hour: number) => signupsOf(world, hour),
    /** Who comes in one hour. */
    sessionsOf: (hour: number) => sessionsOf(world, hour),
    /** The agent meets a slate (title ids, top first); its memory changes. Ids it does not know are passed over. */
    react: (session: Session, slate: readonly string[]) => react(world, session, slate),
    /** The best unseen titles for this session's agent, by true utility: only the oracle may know. */
    oracleSlate: (session: Session, k: number) => oracleSlate(world, session.agent, k),
    trueUtility: (agent: number, title: number) => utility(world.agents, agent, world.catalogue, title),
    /** Outcomes count from this hour on. */
    measureFrom: (hour: number) => measureFrom(world.state, hour),
    save: () => saveState(world.state, identity),
    /** @throws ForeignState unless saved by the same universe */
    restore: (saved: Uint8Array) => restoreState(world.state, identity, saved),
  };
}

const userId = (agent: number): string => `u-${String(agent).padStart(AGENT_DIGITS, '0')}`;
const titleId = (title: number): string => `t-${String(title).padStart(TITLE_DIGITS, '0')}`;
const titleOf = (id: string): number => Number(id.slice('t-'.length));

function catalogueEvents({ size, catalogue, draws: random }: World): ClientEvent[] {
  return Array.from({ length: size.titles }, (_, title) => ({
    type: 'title',
    eventId: `e-title-${title}`,
    occurredAt: size.startAt,
    sentAt: size.startAt,
    titleId: titleId(title),
    name: titleName(title, random),
    genres: (catalogue.genres[title] ?? []).map((genre) => GENRES[genre] ?? ''),
    releasedAt: releasedAt(catalogue, title, size.startAt),
  }));
}

function signupsOf({ size, agents }: World, hour: number): ClientEvent[] {
  const events: ClientEvent[] = [];
  const at = size.startAt + hour * HOUR;
  for (let agent = 0; agent < size.agents; agent++) {
    if (agents.joinHour[agent] !== hour) continue;
    const country = COUNTRIES[agents.country[agent] ?? 0]?.code ?? 'US';
    events.push({
      type: 'signup',
      eventId: `e-signup-${agent}`,
      userId: userId(agent),
      country,
      occurredAt: at,
      sentAt: at,
    });
  }
  return events;
}

function sessionsOf(world: World, hour: number): Session[] {
  const { agents, state } = world;
  const rates = COUNTRIES.map(({ offset }) => rhythm(hour, offset));
  const sessions: Session[] = [];
  for (let agent = 0; agent < world.size.agents; agent++) {
    if (state.churned[agent] === 1 || (agents.joinHour[agent] ?? 0) > hour) continue;
    const eager = eagerness(state.content[agent] ?? 0);
    const probability = (agents.activity[agent] ?? 0) * (rates[agents.country[agent] ?? 0] ?? 0) * eager;
    if (world.draws.uniform(agent, hour, PURPOSE.session) < probability) sessions.push(sessionOf(world, agent, hour));
  }
  return sessions.sort((a, b) => a.startsAt - b.startsAt || a.agent - b.agent);
}

function sessionOf({ size, agents, draws: random }: World, agent: number, hour: number): Session {
  const minute = Math.floor(START_MINUTES * random.uniform(agent, hour, PURPOSE.minute));
  return {
    agent,
    hour,
    userId: userId(agent),
    sessionId: `s-${agent}-${hour}`,
    requestId: `r-${agent}-${hour}`,
    country: COUNTRIES[agents.country[agent] ?? 0]?.code ?? 'US',
    device: DEVICES[agents.device[agent] ?? 0] ?? 'web',
    startsAt: size.startAt + hour * HOUR + minute * MINUTE,
  };
}

function react(
  world: World,
  session: Session,
  slate: readonly string[],
): { events: ClientEvent[]; outcome: SessionOutcome } {
  const { agent, hour } = session;
  const { agents, catalogue, state, size } = world;
  const utilityOf = (title: number) => utility(agents, agent, catalogue, title);
  const titles = slate.map(titleOf).filter((title) => title >= 0 && title < size.titles);
  const found = search(world, agent, hour);
  if (found) markSeen(world, agent, found.title);
  const looks = cascade(titles, {
    draws: world.draws,
    agent,
    hour,
    patience: agents.patience[agent] ?? 0,
    utilityOf: (title) => (hasSeen(world, agent, title) ? Number.NEGATIVE_INFINITY : utilityOf(title)),
  });
  const played = [...(found ? [found.title] : []), ...looks.filter((look) => look.played).map(({ title }) => title)];
  for (const title of played) markSeen(world, agent, title);
  for (const title of titles) state.shown[title] = 1;
  const outcome = { plays: played.length, utility: played.reduce((sum, title) => sum + utilityOf(title), 0) };
  remember(world, agent, hour, outcome);
  const bias = agents.ratingBias[agent] ?? 0;
  const ratings = new Map<number, number>();
  for (const title of played) {
    const stars = ratingOf(world.draws, agent, title, utilityOf(title), bias);
    if (stars !== undefined) ratings.set(title, stars);
  }
  return { events: sessionEvents(session, { looks, found, ratings }, titleId), outcome };
}

/** Some agents come for a title they heard of: the best for them of a few famous ones, if it is worth it. */
function search(world: World, agent: number, hour: number): { title: number; query: string } | undefined {
  const { draws: random, catalogue } = world;
  if (random.uniform(agent, hour, PURPOSE.search) >= SEARCHES) return undefined;
  let best: { title: number; worth: number } | undefined;
  for (let i = 0; i < HEARD_OF; i++) {
    const title = famousTitle(catalogue, random.uniform(agent, hour, PURPOSE.searchPick, i));
    const worth = utility(world.agents, agent, catalogue, title);
    if (!hasSeen(world, agent, title) && worth > (best?.worth ?? WORTH_A_SEARCH)) best = { title, worth };
  }
  return best && { title: best.title, query: titleName(best.title, random) };
}

function remember({ state, draws: random }: World, agent: number, hour: number, outcome: SessionOutcome): void {
  const content = contentment(state.content[agent] ?? 0, outcome.utility);
  state.content[agent] = content;
  if (random.uniform(agent, hour, PURPOSE.leave) < churnProbability(content)) state.churned[agent] = 1;
  const day = Math.floor((hour - (state.measuredFrom[0] ?? 0)) / HOURS_PER_DAY);
  state.sessions[agent] = (state.sessions[agent] ?? 0) + 1;
  state.plays[agent] = (state.plays[agent] ?? 0) + outcome.plays;
  state.utility[agent] = (state.utility[agent] ?? 0) + outcome.utility;
  state.activeDays[agent] = (state.activeDays[agent] ?? 0) | (1 << day);
}

function oracleSlate(world: World, agent: number, k: number): { titleId: string; score: number }[] {
  const scored: { title: number; score: number }[] = [];
  for (let title = 0; title < world.size.titles; title++) {
    if (hasSeen(world, agent, title)) continue;
    scored.push({ title, score: utility(world.agents, agent, world.catalogue, title) });
  }
  scored.sort((a, b) => b.score - a.score || a.title - b.title);
  return scored.slice(0, k).map(({ title, score }) => ({ titleId: titleId(title), score }));
}

const bitOf = (world: World, agent: number, title: number) => ({
  byte: agent * rowBytes(world.size.titles) + (title >> 3),
  bit: 1 << (title & 7),
});

function hasSeen(world: World, agent: number, title: number): boolean {
  const { byte, bit } = bitOf(world, agent, title);
  return ((world.state.seen[byte] ?? 0) & bit) !== 0;
}

function markSeen(world: World, agent: number, title: number): void {
  const { byte, bit } = bitOf(world, agent, title);
  world.state.seen[byte] = (world.state.seen[byte] ?? 0) | bit;
}

function measureFrom(state: AgentState, hour: number): void {
  for (const array of [state.sessions, state.plays, state.utility, state.activeDays, state.shown]) array.fill(0);
  state.measuredFrom[0] = hour;
}
