import { randomNumbers } from '#domain/core/random.ts';
import { HOUR } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/events.ts';
import type { TitleEvent } from '#domain/worlds/films/film-events.ts';
import { GENRES } from '#domain/worlds/films/genres.ts';
import { behaviours } from '../../behaviours/behaviour-switches.ts';
import { isWithin } from '../../behaviours/scenario-effects.ts';
import type { AgentRange } from '../../engine/agent-range.ts';
import { type ArrivingEvents, arrivingEvents, type Outbox } from '../../engine/delivery-faults.ts';
import { restoreState, saveState } from '../../engine/saved-state.ts';
import type { Session } from './events/client-events.ts';
import { oracleSlate } from './policies/oracle.ts';
import { createAgents } from './population/agents.ts';
import { codeOf, sessionRates } from './population/countries.ts';
import { createPersonas } from './population/personas.ts';
import { createCatalogue, releasedAt } from './population/title-catalogue.ts';
import { titleName } from './population/title-names.ts';
import { arrive, utilityOf } from './session/arrival-and-utility.ts';
import { sessionsOf, signupsOf } from './session/arrivals.ts';
import { playProbabilityAtTop } from './session/cascade-click-model.ts';
import { reactions } from './session-adapter.ts';
import { measureFrom, newState } from './world/agent-state.ts';
import { newVisit } from './world/visit-record.ts';
import { wordOfMouthIndex } from './world/word-of-mouth-index.ts';
import { checkSize, hasSeen, titleId, type UniverseSize, userId, type World } from './world/world.ts';

export type { UniverseSize } from './world/world.ts';
export type Universe = ReturnType<typeof createUniverse>;

const FORMAT = 3;

/**
 * Everything of a universe, for the modules that live in it.
 *
 * @param range the agents that live here. @default - all of them
 * @throws ImpossibleUniverse
 */
export function createWorld(size: UniverseSize, range: AgentRange = { from: 0, to: size.agents }): World {
  checkSize(size, range);
  const [on, random] = [behaviours(size.off), randomNumbers(size.seed)];
  const catalogue = createCatalogue(size.titles, random);
  const personas = createPersonas(random);
  return {
    size,
    range,
    on,
    scenario: size.scenario ?? {},
    random,
    catalogue,
    personas,
    agents: createAgents(range, personas, on, random),
    state: newState(range.to - range.from, size.titles),
    rates: sessionRates(on.rhythm),
    talk: wordOfMouthIndex(catalogue, personas, on),
    visit: newVisit(),
  };
}

/** What tells one universe from another, for what is saved of it. */
export function identityOf({ size, range }: World): string {
  const { seed, agents, titles, startAt, off = [], scenario } = size;
  const parts = [seed, agents, titles, startAt, range.from, range.to, off.join('+')];
  return `agentbricks universe ${FORMAT}: ${parts.join('/')}${scenario ? JSON.stringify(scenario) : ''}`;
}

/**
 * A city of agents with hidden tastes and the titles they may watch. Whatever happens is a pure function of the seed and
 * of the slates it is shown; hours must be lived in order, the sessions of one hour in any order.
 *
 * @throws ImpossibleUniverse
 */
export function createUniverse(size: UniverseSize, range?: AgentRange) {
  const world = createWorld(size, range);
  const identity = identityOf(world);
  const outbox: Outbox = {};
  const rowOf = (agent: number) => agent - world.range.from;
  return {
    size,
    state: world.state,
    userId,
    titleId,
    /** One `title` event per title, at the time of its release, or at the universe's start for older ones. */
    catalogueEvents: () => titlesOf(world),
    /** The sign-ups of one hour. */
    signupsOf: (hour: number) => signupsOf(world, hour),
    /** Who comes in one hour. */
    sessionsOf: (hour: number) => sessionsOf(world, hour),
    /** The agent meets a slate (title ids, top first); its memory changes. Ids it does not know are passed over. */
    react: reactions(world),
    /** The best unseen titles for this session's agent, by true utility: only the oracle may know. */
    oracleSlate: ({ agent, hour }: Pick<Session, 'agent' | 'hour'>, k: number) => oracleSlate(world, agent, hour, k),
    /** What the agent would gain by watching the title in this hour. */
    trueUtility: (agent: number, title: number, hour: number) =>
      utilityOf(world.catalogue, arrive(world, agent, hour), title),
    /** Probability that the session's agent plays this title, if it stands at the top: the answer key of off-policy estimates. */
    playProbabilityAtTop: ({ agent, hour }: Session, title: number) => playProbabilityAtTop(world, agent, hour, title),
    hasSeen: (agent: number, title: number) => hasSeen(world, rowOf(agent), title),
    /** ISO 3166 code. */
    countryOf: (agent: number): string => codeOf(world.agents.country[rowOf(agent)] ?? 0),
    /** Whether nobody can reach the service in this hour. */
    isCutOff: (hour: number): boolean => isWithin(world.scenario.outage, hour),
    /** What of the hour's events, and of earlier ones, reaches the service in this hour. */
    arriving: (hour: number, events: readonly ClientEvent[]): ArrivingEvents =>
      arrivingEvents({ scenario: world.scenario, seed: size.seed, startAt: size.startAt }, hour, events, outbox),
    /** Outcomes count from this hour on. */
    measureFrom: (hour: number) => measureFrom(world.state, hour),
    save: () => Buffer.concat([saveState(world.state, identity), Buffer.from(JSON.stringify(outbox))]),
    /** @throws ForeignState unless saved by the same universe */
    restore: (saved: Uint8Array) => {
      const rest = restoreState(world.state, identity, saved);
      for (const hour of Object.keys(outbox)) delete outbox[hour];
      Object.assign(outbox, JSON.parse(new TextDecoder().decode(rest)));
    },
  };
}

export function titlesOf({ size, catalogue, random }: World): TitleEvent[] {
  return Array.from(catalogue.releaseHour, (released, title) => {
    const at = size.startAt + Math.max(0, released) * HOUR;
    return {
      type: 'title',
      eventId: `e-title-${title}`,
      occurredAt: at,
      sentAt: at,
      titleId: titleId(title),
      name: titleName(title, random),
      genres: (catalogue.genres[title] ?? []).map((genre) => GENRES[genre] ?? ''),
      releasedAt: releasedAt(catalogue, title, size.startAt),
    };
  });
}
