import { type Api, type CollectReply, parseCollectReply } from '#domain/events/collect-and-recommend-contract.ts';
import type { TriggerName } from '../../../functions/triggers.ts';
import { type Window, windowsOf } from './divide-events-by-clock-window.ts';
import { ApiFailed, Interrupted } from './import-errors.ts';
import type { RatingConverter, SourcedEvent, SourcedRating } from './ratings-to-events.ts';

export interface ReplayPorts {
  readonly api: Api;
  readonly setClock: (at: number) => void;
  /** Delivers records in the log to their consumers. */
  readonly settle: (only?: readonly TriggerName[]) => Promise<void>;
  /** Called for each event that the service rejected. It may throw to stop the import. */
  readonly onRejected: (sourced: SourcedEvent, reason: string) => void;
  readonly onProgress?: (replayed: Replayed) => void;
  readonly signal?: AbortSignal;
}

export interface Replayed {
  /** Number of events that this import added. */
  readonly accepted: number;
  /** Number of events that were already in the log. */
  readonly alreadyThere: number;
  readonly refused: number;
}

/** Number of events between two deliveries to the consumers. It fills several archiver batches per partition. */
const DELIVER_EVERY = 100_000;

/**
 * Posts events to the ingestion API in order of time, with the clock set to their times. @throws ApiFailed, Interrupted
 */
export async function replay(
  ratings: AsyncIterable<readonly SourcedRating[]>,
  converter: RatingConverter,
  ports: ReplayPorts,
): Promise<Replayed> {
  let [accepted, alreadyThere, refused, undelivered] = [0, 0, 0, 0];
  const consumers = delivery(ports.settle);
  try {
    for await (const window of windowsOf(eventsOf(ratings, converter))) {
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

/** Runs the consumers while the next events are posted, as in production, but at most one round behind. */
function delivery(settle: () => Promise<void>) {
  let running: Promise<void> = Promise.resolve();
  return {
    /** Starts a round after the previous one has succeeded. */
    async next(): Promise<void> {
      await running;
      running = settle();
      // The error is reported by the call that awaits it.
      running.catch(() => {});
    },
    idle: () => running,
  };
}

async function* eventsOf(
  ratings: AsyncIterable<readonly SourcedRating[]>,
  converter: RatingConverter,
): AsyncGenerator<readonly SourcedEvent[]> {
  for await (const group of ratings) for (const rating of group) yield converter.eventsUpTo(rating);
  yield converter.remainingEvents();
}

async function post({ at, events }: Window, { api, setClock, onRejected }: ReplayPorts): Promise<CollectReply> {
  setClock(at);
  const answer = await api({
    method: 'POST',
    path: '/v1/events',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ events: events.map(({ event }) => event) }),
  });
  const reply = parseCollectReply(answer);
  if (!reply) throw new ApiFailed(answer.status, answer.body);
  for (const { index, code, reason } of reply.rejected) {
    const sourced = events[index];
    if (sourced) onRejected(sourced, `${code}: ${reason}`);
  }
  return reply;
}
