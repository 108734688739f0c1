import { randomNumbers } from '#domain/core/philox-random.ts';
import { HOUR } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import type { Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import type { TitleEvent } from '#domain/worlds/films/film-events.ts';
import { GENRES } from '#domain/worlds/films/genres.ts';
import { behaviourSwitches } from '../../behaviours/behaviour-switches.ts';
import { isWithin } from '../../behaviours/fad-crowd-and-bot-effects.ts';
import type { AgentRange } from '../../engine/agent-range-type.ts';
import {
  type ArrivingEvents,
  arrivingEvents,
  type Outbox,
} from '../../engine/delay-duplicate-skew-and-corrupt-events.ts';
import { restoreState, saveState } from '../../engine/saved-state.ts';
import type { Session } from './events/client-events.ts';
import { oracleSlate } from './policies/oracle-slate.ts';
import { createAgents } from './population/agents.ts';
import { codeOf, sessionRates } from './population/countries-and-session-rates.ts';
import { createPersonas } from './population/personas.ts';
import { createCatalogue, releasedAt } from './population/title-catalogue.ts';
import { titleName } from './population/title-names.ts';
import { reactions } from './react-to-slate.ts';
import { arrive, utilityOf } from './session/begin-visit-and-score-titles.ts';
import { playProbabilityAtTop } from './session/cascade-click-model.ts';
import { sessionsOf, signupsOf } from './session/draw-arrivals-and-signups.ts';
import { wordOfMouthIndex } from './world/daily-word-of-mouth-shares.ts';
import { measureFrom, newState } from './world/mutable-agent-state.ts';
import { newVisit } from './world/visit-buffer.ts';
import {
  checkSize,
  hasSeen,
  titleId,
  type UniverseSize,
  userId,
  type World,
} from './world/world-data-ids-and-seen-titles.ts';

export type { UniverseSize } from './world/world-data-ids-and-seen-titles.ts';
export type Universe = ReturnType<typeof createUniverse>;

const FORMAT = 3;

/**
 * Creates the data of a films world.
 *
 * @param range agents of this shard. @default - all agents
 * @throws ImpossibleUniverse
 */
export function createWorld(size: UniverseSize, range: AgentRange = { from: 0, to: size.agents }): World {
  checkSize(size, range);
  const [on, random] = [behaviourSwitches(size.off), randomNumbers(size.seed)];
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
    sessionRates: sessionRates(on.rhythm),
    wordOfMouth: wordOfMouthIndex(catalogue, personas, on),
    visit: newVisit(),
  };
}

/** Returns the text that identifies a universe in its saved state. */
export function identityOf({ size, range }: World): string {
  const { seed, agents, titles, startAt, off = [], scenario } = size;
  const parts = [seed, agents, titles, startAt, range.from, range.to, off.join('+')];
  return `agentbricks universe ${FORMAT}: ${parts.join('/')}${scenario ? JSON.stringify(scenario) : ''}`;
}

/**
 * Creates a city of agents with hidden tastes, and the titles that they may watch. All events are a pure function of
 * `size` and of the slates. Hours must be simulated in order; the sessions of one hour may be simulated in any order.
 *
 * @param range agents of this shard. @default - all agents
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
    /** Returns one `title` event per title: at its release, or at the start of the universe for older titles. */
    catalogueEvents: () => titlesOf(world),
    /** Returns the sign-ups of one hour. */
    signupsOf: (hour: number) => signupsOf(world, hour),
    /** Returns the sessions of one hour. */
    sessionsOf: (hour: number) => sessionsOf(world, hour),
    /** Shows a slate (title ids, top first) to a session's agent and updates the agent's state. Skips unknown ids. */
    react: reactions(world),
    /** Returns the unseen titles with the greatest true utility for a session's agent. Services must not call this. */
    oracleSlate: ({ agent, hour }: Pick<Session, 'agent' | 'hour'>, k: number) => oracleSlate(world, agent, hour, k),
    /** Returns the true utility of a title for an agent in an hour, in utils. */
    trueUtility: (agent: number, title: number, hour: number) =>
      utilityOf(world.catalogue, arrive(world, agent, hour), title),
    /**
     * Returns the probability that a session's agent plays a title at the top of its slate: the truth for off-policy
     * estimates.
     */
    playProbabilityAtTop: ({ agent, hour }: Session, title: number) => playProbabilityAtTop(world, agent, hour, title),
    hasSeen: (agent: number, title: number) => hasSeen(world, rowOf(agent), title),
    /** Returns an agent's country as an ISO 3166-1 alpha-2 code. */
    countryOf: (agent: number): string => codeOf(world.agents.country[rowOf(agent)] ?? 0),
    /** Returns whether an outage cuts all agents off from the service in this hour. */
    isCutOff: (hour: number): boolean => isWithin(world.scenario.outage, hour),
    /**
     * Returns the events that reach the service in this hour: some of `events`, and delayed events of earlier hours.
     */
    arriving: (hour: number, events: readonly ClientEvent[]): ArrivingEvents =>
      arrivingEvents({ scenario: world.scenario, seed: size.seed, startAt: size.startAt }, hour, events, outbox),
    /**
     * Sets the scenario of the following hours. The identity of the universe does not change, so a state that was saved
     * in one scenario can be restored in another.
     */
    setScenario: (scenario: Scenario): void => {
      world.scenario = scenario;
    },
    /** Resets the outcomes: they count from this hour on. */
    measureFrom: (hour: number) => measureFrom(world.state, hour),
    /** Returns the state of the agents and the delayed events as bytes. */
    save: () => Buffer.concat([saveState(world.state, identity), Buffer.from(JSON.stringify(outbox))]),
    /** Restores the bytes that `save` returned. @throws ForeignState if another universe saved it */
    restore: (saved: Uint8Array) => {
      const rest = restoreState(world.state, identity, saved);
      for (const hour of Object.keys(outbox)) delete outbox[hour];
      Object.assign(outbox, JSON.parse(new TextDecoder().decode(rest)));
    },
  };
}

/** Returns the `title` events of all titles, by index. */
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
