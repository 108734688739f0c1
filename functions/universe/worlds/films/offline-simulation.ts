import { clear, type EventColumns, newColumns } from './events/event-columns.ts';
import type { BaselinePolicy } from './policies/baseline-policies.ts';
import { arrivalWords, HOURS_PER_BLOCK, ratesAt, startsSession } from './session/arrivals.ts';
import { signUp, simulateSession } from './session/simulate-session.ts';
import type { World } from './world/world.ts';

/** Agents that live a day in a row: few enough for the processor's cache, enough for an array's worth of events. */
export const BLOCK = 1_024;
const SLATE = 20;
const HOURS_PER_DAY = 24;

/** One block of agents and one day. */
export interface SimulatedBlock {
  /** Agents `from` up to, not including, `to`. */
  readonly from: number;
  readonly to: number;
  readonly sessions: number;
  /** Overwritten by the next block. */
  readonly events: EventColumns;
}

interface Day {
  readonly world: World;
  /** Up to, not including, `toHour`. */
  readonly fromHour: number;
  readonly toHour: number;
  readonly shelf: BaselinePolicy;
  readonly slate: Uint32Array;
  readonly events: EventColumns;
}

/**
 * Lives hours without a service: slates come from a shelf that depends on nothing but the session, so that agents do not
 * depend on one another, and a shard is a pure function of (seed, range of agents, hours, the agents' memory before).
 * Days come in order, the blocks of a day in order, the agents of a block in order, each with its hours in order.
 *
 * @param fromHour up to, not including, `toHour`
 */
export function* simulate(
  world: World,
  fromHour: number,
  toHour: number,
  shelf: BaselinePolicy,
): Generator<SimulatedBlock> {
  const events = newColumns();
  const slate = new Uint32Array(SLATE);
  for (let hour = fromHour; hour < toHour; ) {
    const nextDay = Math.min(toHour, (Math.floor(hour / HOURS_PER_DAY) + 1) * HOURS_PER_DAY);
    yield* simulateDay({ world, fromHour: hour, toHour: nextDay, shelf, slate, events });
    hour = nextDay;
  }
}

function* simulateDay(day: Day): Generator<SimulatedBlock> {
  const { world, fromHour, toHour, events } = day;
  const { range } = world;
  const rates = Array.from({ length: toHour - fromHour }, (_, i) => ratesAt(world, fromHour + i));
  for (let from = range.from; from < range.to; ) {
    // Blocks lie at multiples of BLOCK, whatever the range.
    const to = Math.min(range.to, (Math.floor(from / BLOCK) + 1) * BLOCK);
    clear(events);
    let sessions = 0;
    for (let agent = from; agent < to; agent++) {
      if (joinsWithin(day, agent)) signUp(world, agent, events);
      sessions += simulateAgent(day, agent, rates);
    }
    yield { from, to, sessions, events };
    from = to;
  }
}

function joinsWithin({ world, fromHour, toHour }: Day, agent: number): boolean {
  const hour = world.agents.joinHour[agent - world.range.from] as number;
  return hour >= fromHour && hour < toHour;
}

/** All hours of one agent in a row. @param rates one entry per hour @returns the number of sessions */
function simulateAgent({ world, fromHour, shelf, slate, events }: Day, agent: number, rates: readonly Float32Array[]) {
  // A copy: a session draws too.
  const words = new Uint32Array(HOURS_PER_BLOCK);
  let [sessions, drawn] = [0, -1];
  for (let i = 0; i < rates.length; i++) {
    const hour = fromHour + i;
    const stretch = Math.floor(hour / HOURS_PER_BLOCK);
    if (stretch !== drawn) words.set(arrivalWords(world, agent, stretch));
    drawn = stretch;
    if (!startsSession(world, agent, hour, words[hour % HOURS_PER_BLOCK] as number, rates[i] as Float32Array)) continue;
    simulateSession(world, agent, hour, slate, shelf(world, agent, hour, slate), events);
    sessions++;
  }
  return sessions;
}
