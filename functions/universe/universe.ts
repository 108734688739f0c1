import type { ClientEvent } from '#domain/events.ts';
import { draws } from '#domain/random.ts';
import { createAgents } from './agents.ts';
import { createCatalogue, GENRES, releasedAt, titleName } from './catalogue.ts';
import { oracleSlate } from './oracle.ts';
import { react } from './react.ts';
import type { Session } from './session-events.ts';
import { countryOf, sessionsOf, signupsOf } from './sessions.ts';
import { measureFrom, newState, restoreState, saveState } from './state.ts';
import { utility } from './utility.ts';
import { type AgentRange, checkSize, hasSeen, titleId, type UniverseSize, userId, type World } from './world.ts';

export type { SessionOutcome } from './react.ts';
export type { AgentRange, UniverseSize } from './world.ts';
export type Universe = ReturnType<typeof createUniverse>;

const FORMAT = 2;

/**
 * A city of agents with hidden tastes and the titles they may watch. Whatever happens is a pure function of the seed and
 * of the slates it is shown; hours must be lived in order, the sessions of one hour in any order.
 *
 * @param range the agents that live here. @default - all of them
 * @throws ImpossibleUniverse
 */
export function createUniverse(size: UniverseSize, range: AgentRange = { from: 0, to: size.agents }) {
  checkSize(size, range);
  const random = draws(size.seed);
  const world: World = {
    size,
    range,
    draws: random,
    catalogue: createCatalogue(size.titles, random),
    agents: createAgents(size.agents, random),
    state: newState(size.agents, size.titles),
  };
  const { seed, agents, titles, startAt } = size;
  const identity = `agentbricks universe ${FORMAT}: ${[seed, agents, titles, startAt, range.from, range.to].join('/')}`;
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
    hasSeen: (agent: number, title: number) => hasSeen(world, agent, title),
    /** ISO 3166 code. */
    countryOf: (agent: number): string => countryOf(world, agent).code,
    /** Outcomes count from this hour on. */
    measureFrom: (hour: number) => measureFrom(world.state, hour),
    save: () => saveState(world.state, identity),
    /** @throws ForeignState unless saved by the same universe */
    restore: (saved: Uint8Array) => restoreState(world.state, identity, saved),
  };
}

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
