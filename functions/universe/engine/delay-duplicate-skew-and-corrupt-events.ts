import { hashUnit } from '#domain/core/keyed-random.ts';
import { HOUR, MINUTE } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import type { Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import { isWithin } from '../behaviours/fad-crowd-and-bot-effects.ts';

/** The events that reach the service in one hour. */
export interface ArrivingEvents {
  /** All events, in the order in which they are sent. */
  readonly events: readonly unknown[];
  /** Malformed events among them, which a service must reject. */
  readonly broken: ReadonlySet<unknown>;
}

/** Delayed events by the hour in which they are sent, as JSON that a checkpoint can store. */
export type Outbox = Record<string, ClientEvent[]>;

/** Salts of the random numbers, one per kind of fault, so that the faults are independent. */
const LATE = 1;
const DELAY = 2;
const TWICE = 3;
const EARLY = 4;
const BROKEN = 5;
const WHICH = 6;
const SKEWED = 7;
const SKEW = 8;
const SALTS = 16;

interface Delivery {
  readonly scenario: Scenario;
  readonly seed: number;
  /** UTC epoch ms. */
  readonly startAt: number;
}

/**
 * Applies the scenario's delivery faults to the events of one hour: delays, duplicates, reordering, skewed clocks and
 * malformed copies. Which events a fault hits is a pure function of seed and event.
 *
 * @param outbox events of earlier hours that have not arrived yet; changed in place
 */
export function arrivingEvents(
  delivery: Delivery,
  hour: number,
  events: readonly ClientEvent[],
  outbox: Outbox,
): ArrivingEvents {
  if (Object.keys(delivery.scenario).length === 0) {
    return { events: [...takeDue(outbox, hour), ...events], broken: new Set() };
  }
  const sent = Map.groupBy(
    events.map((event) => delayed(delivery, event)),
    ({ sentAt }) => Math.max(hour, Math.floor((sentAt - delivery.startAt) / HOUR)),
  );
  for (const [sentIn, delayedEvents] of sent) outbox[sentIn] = [...(outbox[sentIn] ?? []), ...delayedEvents];
  return withFaults(delivery, isWithin(delivery.scenario.outage, hour) ? [] : takeDue(outbox, hour));
}

/** Removes all events from the outbox that are sent until this hour: during an outage, those of earlier hours waited. */
function takeDue(outbox: Outbox, hour: number): ClientEvent[] {
  const hours = Object.keys(outbox).filter((sentIn) => Number(sentIn) <= hour);
  const due = hours.flatMap((sentIn) => outbox[sentIn] ?? []);
  for (const sentIn of hours) delete outbox[sentIn];
  return due;
}

const chanceOf = ({ seed }: Delivery, { eventId }: ClientEvent, salt: number) =>
  hashUnit(eventId, (seed * SALTS + salt) >>> 0);

/** Returns the event with its delayed sending time. */
function delayed(delivery: Delivery, event: ClientEvent): ClientEvent {
  const { late } = delivery.scenario;
  if (!late || event.type === 'title' || chanceOf(delivery, event, LATE) >= late.share) return event;
  const span = Math.log(late.toMinutes / late.fromMinutes);
  const minutes = late.fromMinutes * Math.exp(span * chanceOf(delivery, event, DELAY));
  return { ...event, sentAt: event.sentAt + Math.round(minutes * MINUTE) };
}

function withFaults(delivery: Delivery, due: readonly ClientEvent[]): ArrivingEvents {
  const { duplicates, outOfOrder, malformed } = delivery.scenario;
  const hits = (fault: { readonly share: number } | undefined, event: ClientEvent, salt: number) =>
    fault !== undefined && chanceOf(delivery, event, salt) < fault.share;
  const [early, others]: [unknown[], unknown[]] = [[], []];
  const broken = new Set<unknown>();
  for (const event of due) {
    const stamped = withSkewedClock(delivery, event);
    (hits(outOfOrder, event, EARLY) ? early : others).push(stamped);
    if (hits(duplicates, event, TWICE)) others.push(stamped);
    if (!hits(malformed, event, BROKEN)) continue;
    const copy = brokenCopy(stamped, chanceOf(delivery, event, WHICH));
    broken.add(copy);
    others.push(copy);
  }
  return { events: [...early, ...others], broken };
}

/** Returns the event with the times of its agent's skewed clock. */
function withSkewedClock(delivery: Delivery, event: ClientEvent): ClientEvent {
  const { skewedClocks } = delivery.scenario;
  if (!skewedClocks || event.type === 'title') return event;
  const of = (salt: number) => hashUnit(event.userId, (delivery.seed * SALTS + salt) >>> 0);
  if (of(SKEWED) >= skewedClocks.share) return event;
  const skew = Math.round((2 * of(SKEW) - 1) * skewedClocks.upToMinutes * MINUTE);
  return { ...event, occurredAt: event.occurredAt + skew, sentAt: event.sentAt + skew };
}

/** Ways to make an event malformed. A correct service rejects each of the results. */
const BREAKAGES: readonly ((event: ClientEvent) => unknown)[] = [
  ({ type: _, ...rest }) => rest,
  (event) => ({ ...event, type: 'teleport' }),
  (event) => ({ ...event, occurredAt: 'yesterday' }),
  (event) => ({ ...event, occurredAt: -1 }),
  (event) => ({ ...event, eventId: '' }),
  (event) => ({ ...event, admin: true }),
  (event) => JSON.stringify(event),
  () => [],
];

function brokenCopy(event: ClientEvent, point: number): unknown {
  const breakage = BREAKAGES[Math.floor(BREAKAGES.length * point)];
  return breakage?.({ ...event, eventId: `${event.eventId}~broken` });
}
