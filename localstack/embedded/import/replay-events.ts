import { type Api, type CollectReply, collectReplyOf } from '#domain/events/api-contract.ts';
import type { TriggerName } from '../../../functions/triggers.ts';
import { ApiFailed, Interrupted } from './import-errors.ts';
import type { RatingConverter, SourcedEvent, SourcedRating } from './ratings-to-events.ts';
import { type Window, windowsOf } from './time-windows.ts';

export interface ReplayPorts {
  readonly api: Api;
  readonly setClock: (at: number) => void;
  /** Delivers what is in the log to its consumers. */
  readonly settle: (only?: readonly TriggerName[]) => Promise<void>;
  /** An event that the service did not take. May throw, to stop. */
  readonly onRejected: (sourced: SourcedEvent, reason: string) => void;
  readonly onProgress?: (replayed: Replayed) => void;
  readonly signal?: AbortSignal;
}

export interface Replayed {
  /** Taken in now. */
  readonly accepted: number;
  /** In the log before. */
  readonly alreadyThere: number;
  readonly refused: number;
}

/** Events between two deliveries to the consumers: several full batches of the archiver for each partition. */
const DELIVER_EVERY = 100_000;

/** Sends a history through the ingestion API, in order, at its own times. @throws ApiFailed, Interrupted */
export async function replay(
  ratings: AsyncIterable<readonly SourcedRating[]>,
  history: RatingConverter,
  ports: ReplayPorts,
): Promise<Replayed> {
  let [accepted, alreadyThere, refused, undelivered] = [0, 0, 0, 0];
  const consumers = delivery(ports.settle);
  try {
    for await (const window of windowsOf(eventsOf(ratings, history))) {
      if (ports.signal?.aborted) throw new Interrupted(accepted + alreadyThere);
      const reply = await post(window, ports);
      accepted += reply.accepted;
      alreadyThere += reply.duplicates;
      refused += reply.rejected.length;
      undelivered += window.events.length;
      ports.onProgress?.({ accepted, alreadyThere, refused });
      if (undelivered < DELIVER_EVERY) continue;
      await consumers.next();
      undelivered = 0;
    }
    await consumers.next();
  } finally {
    await consumers.idle();
  }
  return { accepted, alreadyThere, refused };
}

/** Lets the consumers work while the next events are sent, as they do in production; never more than one round behind. */
function delivery(settle: () => Promise<void>) {
  let running: Promise<void> = Promise.resolve();
  return {
    /** Begins a round once the one before has ended well. */
    async next(): Promise<void> {
      await running;
      running = settle();
      // Told where it is waited for.
      running.catch(() => {});
    },
    idle: () => running,
  };
}

async function* eventsOf(
  ratings: AsyncIterable<readonly SourcedRating[]>,
  history: RatingConverter,
): AsyncGenerator<readonly SourcedEvent[]> {
  for await (const group of ratings) for (const rating of group) yield history.upTo(rating);
  yield history.rest();
}

async function post({ at, events }: Window, { api, setClock, onRejected }: ReplayPorts): Promise<CollectReply> {
  setClock(at);
  const answer = await api({
    method: 'POST',
    path: '/v1/events',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ events: events.map(({ event }) => event) }),
  });
  const reply = collectReplyOf(answer);
  if (!reply) throw new ApiFailed(answer.status, answer.body);
  for (const { index, code, reason } of reply.rejected) {
    const sourced = events[index];
    if (sourced) onRejected(sourced, `${code}: ${reason}`);
  }
  return reply;
}
