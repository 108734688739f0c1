import { clear, type EventColumns, newColumns } from './columns.ts';
import { liveSession } from './live-session.ts';
import { comes, ratesAt } from './sessions.ts';
import type { Shelf } from './shelves.ts';
import type { World } from './world.ts';

/** Agents that live a day in a row: few enough for the processor's cache, enough for an array's worth of events. */
export const BLOCK = 1_024;
const SLATE = 20;

/** One block of agents and one stretch of hours. */
export interface LivedBlock {
  /** Agents `from` up to, not including, `to`. */
  readonly from: number;
  readonly to: number;
  readonly sessions: number;
  /** Overwritten by the next block. */
  readonly events: EventColumns;
}

/**
 * Lives hours without a service: slates come from a shelf that depends on nothing but the session, so that agents do not
 * depend on one another, and a shard is a pure function of (seed, range of agents, hours, the agents' memory before).
 * Agents of a block come in order, each with its hours in order.
 *
 * @param fromHour up to, not including, `toHour`
 */
export function* simulate(world: World, fromHour: number, toHour: number, shelf: Shelf): Generator<LivedBlock> {
  const { range } = world;
  const hours = Array.from({ length: toHour - fromHour }, (_, i) => ratesAt(world, fromHour + i));
  const events = newColumns();
  const slate = new Uint32Array(SLATE);
  for (let from = range.from; from < range.to; ) {
    // Blocks lie at multiples of BLOCK, whatever the range.
    const to = Math.min(range.to, (Math.floor(from / BLOCK) + 1) * BLOCK);
    clear(events);
    let sessions = 0;
    for (let agent = from; agent < to; agent++) {
      for (const [i, rates] of hours.entries()) {
        const hour = fromHour + i;
        if (!comes(world, agent, hour, rates)) continue;
        liveSession(world, agent, hour, slate, shelf(world, agent, hour, slate), events);
        sessions++;
      }
    }
    yield { from, to, sessions, events };
    from = to;
  }
}
