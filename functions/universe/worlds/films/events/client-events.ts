import type { RandomNumbers } from '#domain/core/philox-random.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { DEVICES, type Device } from '../../../behaviours/session-device-and-patience.ts';
import { codeOf } from '../population/countries-and-session-rates.ts';
import { titleName } from '../population/title-names.ts';
import { titleId, userId } from '../world/world-data-ids-and-seen-titles.ts';
import { type EventColumns, KIND, SEND_DELAY_MS } from './event-column-arrays.ts';

/** One session of one agent. An agent has at most one session per hour. */
export interface Session {
  readonly agent: number;
  readonly hour: number;
  readonly userId: string;
  readonly sessionId: string;
  readonly requestId: string;
  readonly country: string;
  readonly device: Device;
  /** UTC epoch milliseconds. */
  readonly startsAt: number;
}

/**
 * Returns one row of the columns as the event that a client sends. The event's id consists of agent, hour and ordinal,
 * so simulating an hour again yields the same ids.
 */
export function clientEvent(columns: EventColumns, row: number, random: Pick<RandomNumbers, 'uniform'>): ClientEvent {
  const [agent, hour] = [columns.agent[row] as number, columns.hour[row] as number];
  const [title, occurredAt] = [columns.title[row] as number, columns.at[row] as number];
  const common = {
    eventId: `e-${agent}-${hour}-${columns.ordinal[row]}`,
    userId: userId(agent),
    sessionId: `s-${agent}-${hour}`,
    device: DEVICES[columns.device[row] as number],
    occurredAt,
    sentAt: occurredAt + SEND_DELAY_MS,
  };
  const cause = columns.fromSlate[row] === 1 ? { requestId: `r-${agent}-${hour}` } : {};
  switch (columns.kind[row]) {
    case KIND.signup:
      return signupEvent(agent, columns.value[row] as number, occurredAt);
    case KIND.search:
      return { type: 'search', query: titleName(title, random), ...common };
    case KIND.impression:
      return { type: 'impression', titleIds: viewedIn(columns, row), ...common, requestId: `r-${agent}-${hour}` };
    case KIND.click:
      return { type: 'click', titleId: titleId(title), ...common, ...cause };
    case KIND.play:
      return { type: 'play', titleId: titleId(title), ...common, ...cause };
    default:
      return { type: 'rate', titleId: titleId(title), rating: columns.value[row] as number, ...common };
  }
}

/** Returns the sign-up of an agent. @param country index into COUNTRIES @param at UTC epoch milliseconds */
export const signupEvent = (agent: number, country: number, at: number): ClientEvent => ({
  type: 'signup',
  eventId: `e-signup-${agent}`,
  userId: userId(agent),
  country: codeOf(country),
  occurredAt: at,
  sentAt: at,
});

function viewedIn({ viewed, viewsFrom, views }: EventColumns, row: number): string[] {
  const from = viewsFrom[row] as number;
  return Array.from(viewed.subarray(from, from + (views[row] as number)), titleId);
}
