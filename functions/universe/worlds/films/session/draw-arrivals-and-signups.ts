import { PURPOSE, unit } from '#domain/core/philox-random.ts';
import { HOUR, MINUTE } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { crowdFactor, isBot } from '../../../behaviours/fad-crowd-and-bot-effects.ts';
import { visitRateFactor } from '../../../behaviours/retention.ts';
import { WEEK_HOURS } from '../../../behaviours/seasonality.ts';
import { DEVICES } from '../../../behaviours/session-device-and-patience.ts';
import { type Session, signupEvent } from '../events/client-events.ts';
import { codeOf, weekHourAt } from '../population/countries-and-session-rates.ts';
import { userId, type World } from '../world/world-data-ids-and-seen-titles.ts';
import { arrive } from './begin-visit-and-score-titles.ts';

const HOURS_PER_DAY = 24;

/** Number of hours whose arrivals one block of 32-bit random numbers decides. */
export const HOURS_PER_BLOCK = 4;

/**
 * Returns the 32-bit random numbers of a block of hours: number i decides the arrival in hour
 * HOURS_PER_BLOCK × block + i.
 */
export const arrivalWords = ({ random }: World, agent: number, block: number): Uint32Array =>
  random.words(agent, block, PURPOSE.session);

/**
 * Returns whether an agent starts a session in this hour. An agent starts at most one session per hour.
 *
 * Formula probability = base rate × seasonal rate of the hour × factor of the agent's satisfaction
 * Source  a thinned Poisson process with daily and weekly cycles (seasonality.ts)
 *
 * @param word 32-bit random number for this hour
 * @param rates seasonal rates of the hour by country: see `ratesAt`
 */
export function startsSession(world: World, agent: number, hour: number, word: number, rates: Float32Array): boolean {
  const { agents, state, scenario } = world;
  const row = agent - world.range.from;
  if (state.churned[row] === 1 || (agents.joinHour[row] as number) > hour) return false;
  if (scenario.bots && isBot(scenario, world.random.uniform, agent)) {
    return unit(word) < scenario.bots.sessionsPerDay / HOURS_PER_DAY;
  }
  const rate = (agents.activity[row] as number) * (rates[agents.country[row] as number] as number);
  return unit(word) < rate * visitRateFactor(state.satisfaction[row] as number);
}

/**
 * Returns, by country, the expected sessions in one hour of an agent who has one session a week. A flash crowd is
 * included.
 * Shape (COUNTRIES,).
 */
export function ratesAt({ sessionRates, size, scenario }: World, hour: number): Float32Array {
  const weekHour = weekHourAt(size.startAt, hour);
  const crowd = crowdFactor(scenario, hour);
  const ofHour = new Float32Array(sessionRates.length / WEEK_HOURS);
  for (let country = 0; country < ofHour.length; country++) {
    ofHour[country] = crowd * (sessionRates[country * WEEK_HOURS + weekHour] as number);
  }
  return ofHour;
}

/** Returns the sessions of one hour, in the order of their starts. */
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
  const { minute, device, row } = arrive(world, agent, hour);
  return {
    agent,
    hour,
    userId: userId(agent),
    sessionId: `s-${agent}-${hour}`,
    requestId: `r-${agent}-${hour}`,
    country: codeOf(world.agents.country[row] as number),
    device: DEVICES[device] ?? 'web',
    startsAt: world.size.startAt + hour * HOUR + Math.floor(minute * MINUTE),
  };
}

/** Returns the sign-ups of one hour. */
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
