import { type KeyedRandom, keyedRandom } from '#domain/core/keyed-random.ts';
import { HOUR, MINUTE, SECOND } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';

/** The events that a client sends together. It sends the same batch again until it receives a response. */
export interface Batch {
  readonly name: string;
  readonly events: readonly ClientEvent[];
}

/** A Tuesday at 08:41, when the train leaves the tunnel. UTC epoch milliseconds. */
const TUESDAY = Date.UTC(2026, 2, 3, 8, 41);
/** Number of hours after TUESDAY among which a seed chooses. */
const HOURS = 1_000;

/**
 * Returns our clock at the beginning of each scenario. Each seed gives a different time, so that no code can contain
 * it.
 */
export const startOf = (seed: number): number => TUESDAY + (seed % HOURS) * HOUR;

const FILMS = ['t-12', 't-7', 't-31', 't-40'];
const USERS = 90;

/** Creates events and batches with ids that no other scenario uses. */
export interface BatchMaker {
  /** Returns a play that differs from all others. */
  play(): ClientEvent;
  batch(events: readonly ClientEvent[]): Batch;
  /** Returns a batch of new plays. */
  plays(count: number): Batch;
  readonly random: () => number;
}

export function batchMaker(seed: number): BatchMaker {
  const at: KeyedRandom = keyedRandom(`batches of ${seed}`);
  let draws = 0;
  let events = 0;
  let batches = 0;
  const random = () => at(draws++);
  const play = (): ClientEvent => {
    const number = ++events;
    const occurredAt = startOf(seed) - 10 * MINUTE + number * SECOND;
    return {
      ...{ type: 'play', eventId: `e-${number}`, userId: `u-${Math.floor(random() * USERS)}` },
      ...{ titleId: FILMS[Math.floor(random() * FILMS.length)] as string, occurredAt, sentAt: occurredAt + SECOND },
    };
  };
  const batch = (content: readonly ClientEvent[]): Batch => ({
    name: `batch ${++batches}`,
    // A parsed request contains no object twice.
    events: content.map((event) => ({ ...event })),
  });
  return { play, batch, random, plays: (count) => batch(Array.from({ length: count }, play)) };
}
