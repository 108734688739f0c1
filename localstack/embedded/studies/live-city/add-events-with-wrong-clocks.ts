import { hashUnit } from '#domain/core/keyed-random.ts';
import { HOUR, MINUTE, SECOND } from '#domain/core/time.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import type { ArrivingEvents } from '../../../../functions/universe/engine/delay-duplicate-skew-and-corrupt-events.ts';

/** Devices whose clocks are wrong by more than a scenario's skew, which affects all devices alike. */
export interface WrongClocks {
  /** Share of the events that a device with a wrong clock sends, too, 0 to 1. */
  readonly share: number;
}

/** Salts of the random numbers of an event. */
const WHETHER = 0;
const WHICH = 1;
const HOW_MUCH = 2;

const TOLERATED = 5 * MINUTE;
/** A time that televisions with a faulty update report. */
const YEAR_2038 = Date.UTC(2038, 0, 19, 3, 14, 7);

/** Returns the time of an event and of its sending, by a wrong clock. @param point number from 0 to 1 */
const FAULTS: readonly ((now: number, point: number) => Pick<ClientEvent, 'occurredAt' | 'sentAt'>)[] = [
  // Within the tolerance, so the event is valid.
  (now, point) => both(now + Math.floor(point * TOLERATED)),
  (now, point) => both(now + TOLERATED + 1 + Math.floor(point * HOUR)),
  (_, point) => both(YEAR_2038 + Math.floor(point * HOUR)),
  (now, point) => ({ occurredAt: now - HOUR, sentAt: now - HOUR - 1 - Math.floor(point * SECOND) }),
];

const both = (at: number) => ({ occurredAt: at, sentAt: at });

/**
 * Adds a copy with wrong times to some events. Each copy has its own event id. The same events get the same copies.
 *
 * @param now time of arrival by the service's clock, UTC epoch ms
 */
export function withWrongClocks(
  { events, broken }: ArrivingEvents,
  { share }: WrongClocks,
  now: number,
): ArrivingEvents {
  const copies = events.flatMap((event) => {
    const { eventId, type } = event as ClientEvent;
    if (broken.has(event) || type === 'title' || hashUnit(eventId, WHETHER) >= share) return [];
    const fault = FAULTS[Math.floor(FAULTS.length * hashUnit(eventId, WHICH))];
    return [{ ...(event as ClientEvent), eventId: `${eventId}~clock`, ...fault?.(now, hashUnit(eventId, HOW_MUCH)) }];
  });
  return { events: [...events, ...copies], broken };
}
