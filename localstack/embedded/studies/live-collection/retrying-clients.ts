import { hashUnit } from '#domain/core/keyed-random.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import {
  type Api,
  COLLECTED,
  type CollectReply,
  parseCollectReply,
} from '#domain/events/collect-and-recommend-contract.ts';
import type { Fault } from './disturbed-ports.ts';

/** What clients have seen. */
export interface ClientCounts {
  readonly deliveries: number;
  readonly unanswered: number;
  /** Ids of the events that the service has acknowledged. */
  readonly acknowledged: ReadonlySet<string>;
}

export interface RetryingClients {
  readonly api: Api;
  readonly counts: () => ClientCounts;
  /** Sends some acknowledged batches again, as phones that were switched off for a long time. */
  sendOldBatches(): Promise<void>;
}

/** Number of batches that are sent again after a long time. */
const OLD_BATCHES = 10;
/** Largest number of events that a client sends at once. */
const MOST_SAVED = 8;
/** A client sends a batch at most this often until it receives a response. */
const MOST_TRIES = 5;
/** Probability that a client sends a batch again although it was acknowledged: at once, and in the next hour. */
const SENDS_TWICE = 0.3;
const SENDS_LATER = 0.1;
/** Probability that the first delivery of a batch is disturbed, and that a later one is. */
const FIRST_FAILS = 0.4;
const NEXT_FAILS = 0.2;

const FAULTS: readonly Fault[] = [
  { how: 'kill after response' },
  ...[0, 1, 2].flatMap((call): Fault[] => [
    { how: 'fail', call, share: 0 },
    { how: 'fail', call, share: 0.5 },
    { how: 'fail', call, share: 1 },
    { how: 'kill', call, share: 0.5 },
    { how: 'kill', call, share: 1 },
  ]),
];

/** Salts of a batch's random numbers. Those of the tries follow `WHETHER`. */
const [TWICE, LATER, WHICH, WHETHER] = [0, 1, 2, 10];

/**
 * Wraps an API: small batches take the place of a large one, and clients send them again. The same events get the same
 * faults and repeats.
 *
 * @param disturb is called before each delivery, with its fault
 */
export function retryingClients(api: Api, seed: number, disturb: (fault: Fault | undefined) => void): RetryingClients {
  const acknowledged = new Set<string>();
  let [deliveries, unanswered] = [0, 0];
  let later: ClientEvent[][] = [];
  const old: (() => Promise<unknown>)[] = [];
  const send = async (request: Parameters<Api>[0], events: readonly unknown[], fault: Fault | undefined) => {
    deliveries++;
    disturb(fault);
    const reply = parseCollectReply(await api({ ...request, body: JSON.stringify({ events }) }));
    const rejected = new Set(reply?.rejected.map(({ index }) => index));
    for (const [index, event] of events.entries())
      if (reply && !rejected.has(index)) acknowledged.add((event as ClientEvent).eventId);
    return reply;
  };
  const sendUntilResponse = async (request: Parameters<Api>[0], events: readonly unknown[]): Promise<CollectReply> => {
    const unit = (salt: number) => hashUnit(JSON.stringify(events[0]), (seed * SALTS + salt) >>> 0);
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const isDisturbed = unit(WHETHER + tries) < (tries === 0 ? FIRST_FAILS : NEXT_FAILS);
      const reply = await send(request, events, isDisturbed ? faultAt(unit(WHICH + tries)) : undefined);
      if (!reply) continue;
      if (unit(TWICE) < SENDS_TWICE) await send(request, events, undefined);
      if (old.length < OLD_BATCHES) old.push(() => send(request, events, undefined));
      if (unit(LATER) < SENDS_LATER) later.push(events as ClientEvent[]);
      return reply;
    }
    unanswered++;
    return { accepted: events.length, duplicates: 0, rejected: [] };
  };
  return {
    counts: () => ({ deliveries, unanswered, acknowledged }),
    sendOldBatches: async () => {
      for (const sendAgain of old) await sendAgain();
    },
    api: async (request) => {
      if (request.method !== 'POST' || request.body === undefined) return await api(request);
      const { events } = JSON.parse(request.body) as { readonly events: readonly unknown[] };
      const repeats = later;
      later = [];
      for (const batch of repeats) await send(request, batch, undefined);
      const replies: CollectReply[] = [];
      for (let from = 0; from < events.length; from += MOST_SAVED)
        replies.push(await sendUntilResponse(request, events.slice(from, from + MOST_SAVED)));
      return { status: COLLECTED.accepted, headers: {}, body: JSON.stringify(joined(replies)) };
    },
  };
}

/** Salts per seed. */
const SALTS = 100;
const faultAt = (point: number): Fault | undefined => FAULTS[Math.floor(FAULTS.length * point)];

/** Returns the reply to a large batch that was sent as several small ones. */
const joined = (replies: readonly CollectReply[]): CollectReply => ({
  accepted: replies.reduce((sum, { accepted }) => sum + accepted, 0),
  duplicates: replies.reduce((sum, { duplicates }) => sum + duplicates, 0),
  rejected: replies.flatMap(({ rejected }, i) =>
    rejected.map((each) => ({ ...each, index: each.index + i * MOST_SAVED })),
  ),
});
