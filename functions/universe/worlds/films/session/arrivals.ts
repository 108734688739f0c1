import { PURPOSE, unit } from '#domain/core/random.ts';
import { HOUR, MINUTE } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/events.ts';
import { DEVICES } from '../../../behaviours/devices.ts';
import { visitRateFactor } from '../../../behaviours/retention.ts';
import { crowdFactor, isBot } from '../../../behaviours/scenario-effects.ts';
import { WEEK_HOURS } from '../../../behaviours/seasonality.ts';
import { type Session, signupEvent } from '../events/client-events.ts';
import { codeOf, weekHourAt } from '../population/countries.ts';
import { userId, type World } from '../world/world.ts';
import { arrive } from './arrival-and-utility.ts';

const HOURS_PER_DAY = 24;

/** One block of words decides over this many hours. */
export const HOURS_PER_BLOCK = 4;

/** The draws for the hours `HOURS_PER_BLOCK` × `stretch` and those after it: word `i` is for the `i`th. */
export const arrivalWords = ({ random }: World, agent: number, stretch: number): Uint32Array =>
  random.words(agent, stretch, PURPOSE.session);

/**
 * Whether the agent comes in this hour; at most once. A Poisson process under the cycles of day and week, thinned by how
 * content the agent is.
 *
 * @param word the hour's arrival draw
 * @param rates of the hour by country, crowd included: `ratesAt`
 */
export function startsSession(world: World, agent: number, hour: number, word: number, rates: Float32Array): boolean {
  const { agents, state, scenario } = world;
  const at = agent - world.range.from;
  if (state.churned[at] === 1 || (agents.joinHour[at] as number) > hour) return false;
  if (scenario.bots && isBot(scenario, world.random.uniform, agent)) {
    return unit(word) < scenario.bots.sessionsPerDay / HOURS_PER_DAY;
  }
  const rate = (agents.activity[at] as number) * (rates[agents.country[at] as number] as number);
  return unit(word) < rate * visitRateFactor(state.satisfaction[at] as number);
}

/** Sessions of somebody who comes once a week, in this hour. Shape COUNTRIES. */
export function ratesAt({ rates, size, scenario }: World, hour: number): Float32Array {
  const weekHour = weekHourAt(size.startAt, hour);
  const crowd = crowdFactor(scenario, hour);
  const ofHour = new Float32Array(rates.length / WEEK_HOURS);
  for (let country = 0; country < ofHour.length; country++) {
    ofHour[country] = crowd * (rates[country * WEEK_HOURS + weekHour] as number);
  }
  return ofHour;
}

/** Who comes in one hour, in the order of their coming. */
export function sessionsOf(world: World, hour: number): Session[] {
  const { range } = world;
  const rates = ratesAt(world, hour);
  const sessions: Session[] = [];
  for (let agent = range.from; agent < range.to; agent++) {
    const word = arrivalWords(world, agent, Math.floor(hour / HOURS_PER_BLOCK))[hour % HOURS_PER_BLOCK] as number;
    if (startsSession(world, agent, hour, word, rates)) sessions.push(sessionOf(world, agent, hour));
  }
  return sessions.sort((a, b) => a.startsAt - b.startsAt || a.agent - b.agent);
}

function sessionOf(world: World, agent: number, hour: number): Session {
  const { minute, device, at } = arrive(world, agent, hour);
  return {
    agent,
    hour,
    userId: userId(agent),
    sessionId: `s-${agent}-${hour}`,
    requestId: `r-${agent}-${hour}`,
    country: codeOf(world.agents.country[at] as number),
    device: DEVICES[device] ?? 'web',
    startsAt: world.size.startAt + hour * HOUR + Math.floor(minute * MINUTE),
  };
}

/** The sign-ups of one hour. */
export function signupsOf(world: World, hour: number): ClientEvent[] {
  const { size, agents, range } = world;
  const at = size.startAt + hour * HOUR;
  const events: ClientEvent[] = [];
  for (let agent = range.from; agent < range.to; agent++) {
    if (agents.joinHour[agent - range.from] !== hour) continue;
    events.push(signupEvent(agent, agents.country[agent - range.from] as number, at));
  }
  return events;
}
