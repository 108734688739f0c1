// This module also exports MINUTE, HOUR, DAY and WEEK.
import { SECOND } from '#domain/core/time.ts';

/** What a correct `validateEvent` does with one value. */
export interface Example {
  /** What the example shows, in your words. */
  readonly says: string;
  /** The value that a client sent: an event, or anything else. */
  readonly raw: unknown;
  /** Whether the value may enter the log. */
  readonly accept: boolean;
}

/** Returns a play. Both times are UTC epoch milliseconds. */
const play = (occurredAt: number, sentAt: number) => ({
  ...{ type: 'play', eventId: 'e-1', userId: 'u-42', titleId: 't-7', occurredAt, sentAt },
});

/**
 * Returns your examples.
 *
 * @param receivedAt our clock at the moment when the value arrives, UTC epoch milliseconds
 */
export const examples = (receivedAt: number): Example[] => [
  {
    says: 'a play of a few seconds ago',
    raw: play(receivedAt - 3 * SECOND, receivedAt - SECOND),
    accept: true,
  },
  // TODO: write examples that a careless validator would get wrong. How wrong may a time be, and in which direction?
];
