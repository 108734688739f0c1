import { hashUnit } from '#domain/core/keyed-random.ts';
import { HOUR, MINUTE } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/events.ts';
import type { Scenario } from '#domain/universe/scenario.ts';
import { isWithin } from '../behaviours/scenario-effects.ts';

/** What reaches the service in one hour. */
export interface Wire {
  /** In the order of sending. */
  readonly events: readonly unknown[];
  /** Those of them that no service should take. */
  readonly broken: ReadonlySet<unknown>;
}

/** Events that are still on their way, by the hour in which they arrive; JSON, so that it can be saved. */
export type Outbox = Record<string, ClientEvent[]>;

/** Salts of the draws; each kind of mishap is independent of the others. */
const LATE = 1;
const DELAY = 2;
const TWICE = 3;
const EARLY = 4;
const BROKEN = 5;
const WHICH = 6;
const SKEWED = 7;
const SKEW = 8;
const SALTS = 16;

interface Way {
  readonly scenario: Scenario;
  readonly seed: number;
  /** UTC epoch ms. */
  readonly startAt: number;
}

/**
 * The events of one hour on their way to the service: some are late, some come twice, out of order, by a wrong clock, or
 * beside a broken copy. What a mishap hits is a pure function of seed and event.
 *
 * @param outbox what is on its way already; changed in place
 */
export function onTheWay(way: Way, hour: number, events: readonly ClientEvent[], outbox: Outbox): Wire {
  if (Object.keys(way.scenario).length === 0) return { events, broken: new Set() };
  const sent = Map.groupBy(
    events.map((event) => delayed(way, event)),
    (event) => arrivalOf(way, event, hour),
  );
  for (const [arrival, some] of sent) outbox[arrival] = [...(outbox[arrival] ?? []), ...some];
  const due = isWithin(way.scenario.outage, hour) ? [] : (outbox[hour] ?? []);
  if (due.length > 0) delete outbox[hour];
  return mishaps(way, due);
}

const luck = ({ seed }: Way, { eventId }: ClientEvent, salt: number) => hashUnit(eventId, (seed * SALTS + salt) >>> 0);

/** The event, sent when it could be. */
function delayed(way: Way, event: ClientEvent): ClientEvent {
  const { late } = way.scenario;
  if (!late || event.type === 'title' || luck(way, event, LATE) >= late.share) return event;
  const span = Math.log(late.toMinutes / late.fromMinutes);
  const minutes = late.fromMinutes * Math.exp(span * luck(way, event, DELAY));
  return { ...event, sentAt: event.sentAt + Math.round(minutes * MINUTE) };
}

/** The hour in which an event arrives: that of its sending, or the first one after an outage. */
function arrivalOf({ scenario: { outage }, startAt }: Way, { sentAt }: ClientEvent, hour: number): number {
  const arrival = Math.max(hour, Math.floor((sentAt - startAt) / HOUR));
  return outage && isWithin(outage, arrival) ? outage.fromHour + outage.hours : arrival;
}

function mishaps(way: Way, due: readonly ClientEvent[]): Wire {
  const { duplicates, outOfOrder, malformed } = way.scenario;
  const hits = (mishap: { readonly share: number } | undefined, event: ClientEvent, salt: number) =>
    mishap !== undefined && luck(way, event, salt) < mishap.share;
  const [early, others]: [unknown[], unknown[]] = [[], []];
  const broken = new Set<unknown>();
  for (const event of due) {
    const told = byItsClock(way, event);
    (hits(outOfOrder, event, EARLY) ? early : others).push(told);
    if (hits(duplicates, event, TWICE)) others.push(told);
    if (!hits(malformed, event, BROKEN)) continue;
    const copy = brokenCopy(told, luck(way, event, WHICH));
    broken.add(copy);
    others.push(copy);
  }
  return { events: [...early, ...others], broken };
}

/** The event as an agent whose clock is wrong tells it. */
function byItsClock(way: Way, event: ClientEvent): ClientEvent {
  const { skewedClocks } = way.scenario;
  if (!skewedClocks || event.type === 'title') return event;
  const of = (salt: number) => hashUnit(event.userId, (way.seed * SALTS + salt) >>> 0);
  if (of(SKEWED) >= skewedClocks.share) return event;
  const skew = Math.round((2 * of(SKEW) - 1) * skewedClocks.upToMinutes * MINUTE);
  return { ...event, occurredAt: event.occurredAt + skew, sentAt: event.sentAt + skew };
}

/** Ways to be wrong, each of which a careful service refuses. */
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
