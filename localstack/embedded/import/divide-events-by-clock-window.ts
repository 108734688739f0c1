import { MINUTE } from '#domain/core/time.ts';
import { MAX_BATCH } from '#domain/events/collect-and-recommend-contract.ts';
import type { SourcedEvent } from './ratings-to-events.ts';

/** Events of one request, and the service's clock at that moment. */
export interface Window {
  /** UTC epoch milliseconds. */
  readonly at: number;
  readonly events: readonly SourcedEvent[];
}

/** Maximum length of a window, milliseconds: the service accepts events that are up to this far ahead of its clock. */
const LONGEST = 5 * MINUTE;

/**
 * Divides ordered events into windows, each of which is one request. The service's clock is set to the first event of a
 * window, so that no event is ingested after it occurred, and features of later events of the window may include it
 * (`knownAt` in functions/feature-engineering). For the last window, the clock is set to the last event, so that no
 * event is ahead of the clock after the import.
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
