import { inspect } from 'node:util';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import {
  type DeliveryEnd,
  entriesOf,
  type History,
  type UnfinishedCall,
} from '../../../../academy/runners/ports/simulation/history-types.ts';
import { APPEND, type CollectorWorld, contentOf, PUT_MANY } from './collector-world.ts';
import type { Batch } from './generate-batches.ts';

export type CollectorHistory = History<Batch, CollectorWorld>;

/** A delivery of a batch, and how it ended. */
export interface BatchDelivery {
  readonly batch: Batch;
  readonly at: number;
  readonly end?: DeliveryEnd;
}

/** Returns the deliveries in the order in which they began. */
export function deliveriesOf(history: CollectorHistory): BatchDelivery[] {
  const ends = new Map(entriesOf(history, 'ended').map(({ delivery, end }) => [delivery, end]));
  return entriesOf(history, 'delivered').map(({ delivery, input, at }) => ({
    batch: input,
    at,
    end: ends.get(delivery),
  }));
}

/** Returns the events that the clients sent, each once. */
export function sentEvents(history: CollectorHistory): ClientEvent[] {
  const events = deliveriesOf(history).flatMap(({ batch }) => batch.events);
  return [...new Map(events.map((event) => [event.eventId, event])).values()];
}

/** An event that is not in the log, although a client received a response to its batch. */
export interface LostEvent {
  readonly eventId: string;
  readonly batch: Batch;
  /** Ends of all deliveries of the batch, in order. */
  readonly ends: readonly (DeliveryEnd | undefined)[];
}

/** Finds an event that was acknowledged and is missing. */
export function lostEvent(history: CollectorHistory): LostEvent | undefined {
  const stored = new Set(history.world.records.map(({ event }) => event?.eventId));
  const deliveries = deliveriesOf(history);
  for (const { batch, end } of deliveries) {
    if (end?.kind !== 'responded') continue;
    const lost = batch.events.find(({ eventId }) => !stored.has(eventId));
    if (!lost) continue;
    const ends = deliveries.filter((each) => each.batch === batch).map((each) => each.end);
    return { eventId: lost.eventId, batch, ends };
  }
  return undefined;
}

/** Finds an event of which the records contain more than one copy. */
export function copiedEvent(
  history: CollectorHistory,
  records: CollectorHistory['world']['records'],
): { readonly eventId: string; readonly copies: CollectorHistory['world']['records'] } | undefined {
  const byContent = Map.groupBy(records, ({ event }) => contentOf(event ?? {}));
  for (const event of sentEvents(history)) {
    const copies = byContent.get(contentOf(event)) ?? [];
    if (copies.length > 1) return { eventId: event.eventId, copies };
  }
  return undefined;
}

/** Finds a call of a port that had not ended when the function responded to a batch with events. */
export function unawaitedCall(history: CollectorHistory): UnfinishedCall | undefined {
  return deliveriesOf(history)
    .flatMap(({ batch, end }) => (batch.events.length > 0 && end?.kind === 'responded' ? (end.unfinished ?? []) : []))
    .at(0);
}

const lineOf = (port: string) => (history: CollectorHistory) =>
  entriesOf(history, 'called').find((call) => call.port === port)?.line;
/** Line of the learner's file that appends to the log. */
export const appendLine = lineOf(APPEND);
/** Line of the learner's file that writes to the table. */
export const markLine = lineOf(PUT_MANY);

/**
 * Returns the line of the learner's file at which a delivery failed: where it threw, or where a port rejected its call.
 */
export function endLine(history: CollectorHistory, end: DeliveryEnd | undefined): number | undefined {
  if (end?.kind !== 'threw' && end?.kind !== 'died') return undefined;
  return end.line ?? entriesOf(history, 'applied').findLast(({ rejected }) => rejected)?.line;
}

/** Describes how a delivery ended. */
export function describeEnd(end: DeliveryEnd | undefined): string {
  switch (end?.kind) {
    case 'responded':
      return inspect(end.value, { breakLength: Number.POSITIVE_INFINITY, maxStringLength: 80, depth: 2 });
    case 'threw':
      return `it threw ${end.message}`;
    case 'died':
      return `a promise was rejected that nothing awaited, which ends the process: ${end.message}`;
    case 'killed':
      return 'no response, because the process was killed';
    default:
      return 'no response: your function waits for a promise that is never settled';
  }
}

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth'];

/** Describes the response to the last delivery of a batch. */
export function describeLastResponse(ends: readonly (DeliveryEnd | undefined)[]): string {
  const last = ends.findLastIndex((end) => end?.kind === 'responded');
  const which = ends.length === 1 ? 'your response' : `your response to the ${ORDINALS[last] ?? 'last'} delivery`;
  return `${which} was ${describeEnd(ends[last])}`;
}
