import { clear, type EventColumns, newColumns } from './events/event-column-arrays.ts';
import type { BaselinePolicy } from './policies/baseline-policies.ts';
import { signUp } from './session/append-session-and-signup-events.ts';
import { arrivalWords, HOURS_PER_BLOCK, ratesAt, startsSession } from './session/draw-arrivals-and-signups.ts';
import { simulateSession } from './session/simulate-session.ts';
import type { World } from './world/world-data-ids-and-seen-titles.ts';

/**
 * Number of agents whose day is simulated before that of the next agents: few enough for their state to fit into the
 * processor's cache, and enough to fill an array with events.
 */
export const BLOCK = 1_024;
/** Titles per slate. */
const SLATE_SIZE = 20;
const HOURS_PER_DAY = 24;

/** The result of one block of agents and one day. */
export interface SimulatedBlock {
  /** The agents `from` up to, not including, `to`. */
  readonly from: number;
  readonly to: number;
  readonly sessions: number;
  /** Events of the block. The next block overwrites them. */
  readonly events: EventColumns;
}

interface Day {
  readonly world: World;
  /** The hours `fromHour` up to, not including, `toHour`. */
  readonly fromHour: number;
  readonly toHour: number;
  readonly policy: BaselinePolicy;
  readonly slate: Uint32Array;
  readonly events: EventColumns;
}

/**
 * Simulates hours without the recommendation service. A baseline policy fills the slates. It depends on the session
 * only, so agents do not influence one another, and a shard is a pure function of seed, agents, hours and the agents'
 * previous state.
 *
 * Yields the blocks of each day in order. Within a block, each agent's hours are simulated in order before the next
 * agent's.
 *
 * @param fromHour first hour since the start of the universe
 * @param toHour end of the period, exclusive
 */
export function* simulate(
  world: World,
  fromHour: number,
  toHour: number,
  policy: BaselinePolicy,
): Generator<SimulatedBlock> {
  const events = newColumns();
  const slate = new Uint32Array(SLATE_SIZE);
  for (let hour = fromHour; hour < toHour; ) {
    const nextDay = Math.min(toHour, (Math.floor(hour / HOURS_PER_DAY) + 1) * HOURS_PER_DAY);
    yield* simulateDay({ world, fromHour: hour, toHour: nextDay, policy, slate, events });
    hour = nextDay;
  }
}

function* simulateDay(day: Day): Generator<SimulatedBlock> {
  const { world, fromHour, toHour, events } = day;
  const { range } = world;
  const rates = Array.from({ length: toHour - fromHour }, (_, i) => ratesAt(world, fromHour + i));
  for (let from = range.from; from < range.to; ) {
    // Blocks end at multiples of BLOCK, so every division into shards has the same blocks.
    const to = Math.min(range.to, (Math.floor(from / BLOCK) + 1) * BLOCK);
    clear(events);
    let sessions = 0;
    for (let agent = from; agent < to; agent++) {
      if (signsUp(day, agent)) signUp(world, agent, events);
      sessions += simulateAgent(day, agent, rates);
    }
    yield { from, to, sessions, events };
    from = to;
  }
}

function signsUp({ world, fromHour, toHour }: Day, agent: number): boolean {
  const hour = world.agents.joinHour[agent - world.range.from] as number;
  return hour >= fromHour && hour < toHour;
}

/**
 * Simulates all hours of one agent and returns the number of its sessions.
 *
 * @param rates one entry per hour: see `ratesAt`
 */
function simulateAgent({ world, fromHour, policy, slate, events }: Day, agent: number, rates: readonly Float32Array[]) {
  // A copy, because the session overwrites the shared block of random numbers.
  const words = new Uint32Array(HOURS_PER_BLOCK);
  let [sessions, loaded] = [0, -1];
  for (let i = 0; i < rates.length; i++) {
    const hour = fromHour + i;
    const block = Math.floor(hour / HOURS_PER_BLOCK);
    if (block !== loaded) words.set(arrivalWords(world, agent, block));
    loaded = block;
    if (!startsSession(world, agent, hour, words[hour % HOURS_PER_BLOCK] as number, rates[i] as Float32Array)) continue;
    simulateSession(world, agent, hour, slate, policy(world, agent, hour, slate), events);
    sessions++;
  }
  return sessions;
}
