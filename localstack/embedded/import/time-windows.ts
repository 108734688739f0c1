import { MINUTE } from '#domain/core/time.ts';
import { MAX_BATCH } from '#domain/events/api-contract.ts';
import type { SourcedEvent } from './ratings-to-events.ts';

/** What is posted at once, and what the service's clock shows then. */
export interface Window {
  /** UTC epoch milliseconds. */
  readonly at: number;
  readonly events: readonly SourcedEvent[];
}

/** As far as the service lets an event be ahead of its clock. */
const LONGEST = 5 * MINUTE;

/**
 * Cuts events that are in order of time into requests. The clock stands at the window's first event, so that every
 * event is known to the service when it occurs, as if it had been sent at once: a later event of the same window may
 * build on it (`knownAt` in functions/feature-engineering). The last window is taken in at its end, so that nothing lies
 * ahead of the clock when all is in.
 */
export async function* windowsOf(groups: AsyncIterable<readonly SourcedEvent[]>): AsyncGenerator<Window> {
  let waiting: SourcedEvent[] = [];
  let from = 0;
  for await (const group of groups) {
    for (const sourced of group) {
      const { occurredAt } = sourced.event;
      if (waiting.length === 0) from = occurredAt;
      if (waiting.length === MAX_BATCH || occurredAt > from + LONGEST) {
        yield { at: from, events: waiting };
        [waiting, from] = [[], occurredAt];
      }
      waiting.push(sourced);
    }
  }
  const last = waiting[waiting.length - 1];
  if (last) yield { at: last.event.occurredAt, events: waiting };
}
