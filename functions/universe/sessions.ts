import type { ClientEvent } from '#domain/events.ts';
import { PURPOSE } from '#domain/random.ts';
import { HOUR, MINUTE } from '#domain/time.ts';
import { COUNTRIES, DEVICES } from './agents.ts';
import { eagerness } from './loyalty.ts';
import { hourOfWeek, rhythm } from './rhythm.ts';
import type { Session } from './session-events.ts';
import { userId, type World } from './world.ts';

/** Sessions start early enough in the hour that their events end within it. */
const START_MINUTES = 40;
const ELSEWHERE = { code: 'US', offset: 0 } as const;

export const countryOf = ({ agents }: World, agent: number) => COUNTRIES[agents.country[agent] ?? 0] ?? ELSEWHERE;

/** Who comes in one hour, in the order of their coming. At most one session per agent and hour. */
export function sessionsOf(world: World, hour: number): Session[] {
  const { agents, state, range, size } = world;
  const rates = COUNTRIES.map(({ offset }) => rhythm(hourOfWeek(size.startAt + (hour + offset) * HOUR)));
  const sessions: Session[] = [];
  for (let agent = range.from; agent < range.to; agent++) {
    if (state.churned[agent] === 1 || (agents.joinHour[agent] ?? 0) > hour) continue;
    const eager = eagerness(state.content[agent] ?? 0);
    const probability = (agents.activity[agent] ?? 0) * (rates[agents.country[agent] ?? 0] ?? 0) * eager;
    if (world.draws.uniform(agent, hour, PURPOSE.session) < probability) sessions.push(sessionOf(world, agent, hour));
  }
  return sessions.sort((a, b) => a.startsAt - b.startsAt || a.agent - b.agent);
}

function sessionOf(world: World, agent: number, hour: number): Session {
  const { size, agents, draws } = world;
  const minute = Math.floor(START_MINUTES * draws.uniform(agent, hour, PURPOSE.minute));
  return {
    agent,
    hour,
    userId: userId(agent),
    sessionId: `s-${agent}-${hour}`,
    requestId: `r-${agent}-${hour}`,
    country: countryOf(world, agent).code,
    device: DEVICES[agents.device[agent] ?? 0] ?? 'web',
    startsAt: size.startAt + hour * HOUR + minute * MINUTE,
    endsBy: size.startAt + (hour + 1) * HOUR - 1,
  };
}

/** The sign-ups of one hour. */
export function signupsOf(world: World, hour: number): ClientEvent[] {
  const { size, agents, range } = world;
  const at = size.startAt + hour * HOUR;
  const events: ClientEvent[] = [];
  for (let agent = range.from; agent < range.to; agent++) {
    if (agents.joinHour[agent] !== hour) continue;
    events.push({
      type: 'signup',
      eventId: `e-signup-${agent}`,
      userId: userId(agent),
      country: countryOf(world, agent).code,
      occurredAt: at,
      sentAt: at,
    });
  }
  return events;
}
