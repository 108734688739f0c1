import { createHash } from 'node:crypto';
import type { BatchSeams, Seams, Validated, ValidateEvent } from '#domain/events/all-bricks-seam-types.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { CORRELATION_HEADER, type CollectReply } from '#domain/events/collect-and-recommend-contract.ts';
import { EVENTS_DLQ } from '#domain/events/event-log-topics.ts';
import type { NewRecord } from '#ports/event-log.ts';
import type { Invocation } from '#ports/telemetry.ts';
import { type Collected, type CollectPorts, collectEvents } from './collect-events.ts';
import type { TakeTurns } from './take-turns-per-event-id.ts';
import { type RejectedEvent, validateBatch } from './validate-batch.ts';

export type BatchPorts = Omit<CollectPorts, 'headers'> &
  Pick<Seams, 'validateEvent'> & {
    /** Keeps concurrent calls with the same event ids apart. */
    readonly takeTurns: TakeTurns;
  } & Partial<Pick<BatchSeams, 'validateEvents' | 'collectOutside'> & Pick<Seams, 'collectEvents'>>; // By default, validateEvent validates each event in this process, and the reference collects.

/**
 * Validates a batch. Appends its valid events to the log, and its invalid events to the dead letters. All of them are
 * durable when the promise resolves.
 */
export async function collectBatch(
  raws: readonly unknown[],
  ports: BatchPorts,
  invocation: Invocation,
): Promise<CollectReply> {
  const receivedAt = ports.now();
  const headers = { [CORRELATION_HEADER]: invocation.correlationId };
  const outside = ports.validateEvents?.(raws, receivedAt);
  const validate = outside ? returning(raws, await outside) : ports.validateEvent;
  const { accepted, rejected } = validateBatch(raws, receivedAt, validate);
  for (const { thrown } of rejected) if (thrown) invocation.error('validateEvent threw', thrown.error);
  const letters = rejected.map((event) => deadLetter(event, receivedAt, headers));
  const [collected] = await Promise.all([
    collect(accepted, ports, { now: () => receivedAt, headers }),
    letters.length > 0 && ports.eventLog.append(EVENTS_DLQ, letters),
  ]);
  invocation.count('Accepted', collected.accepted);
  invocation.count('Duplicates', collected.duplicates);
  invocation.count('Rejected', rejected.length);
  return { ...collected, rejected: rejected.map(({ rejection }) => rejection) };
}

/**
 * Stores events with the learner's function, if one runs outside of this process, or else in this process. Concurrent
 * calls with the same event run one after another, so that only the first one appends it.
 */
async function collect(
  accepted: readonly ClientEvent[],
  { eventLog, idempotency, takeTurns, collectOutside, collectEvents: inside = collectEvents }: BatchPorts,
  receipt: Pick<CollectPorts, 'now' | 'headers'>,
): Promise<Collected> {
  const ports: CollectPorts = { eventLog, idempotency, ...receipt };
  return await takeTurns(
    accepted.map(({ eventId }) => eventId),
    async () => (await collectOutside?.(accepted, ports)) ?? (await inside(accepted, ports)),
  );
}

/** Returns a validator that returns known results. Equal primitive values have equal results. */
function returning(raws: readonly unknown[], results: readonly Validated[]): ValidateEvent {
  const resultOf = new Map(raws.map((raw, i) => [raw, results[i]]));
  return (raw) => resultOf.get(raw) as Validated;
}

/** Returns a record with the rejected event and the reason, so that a person can fix the event and send it again. */
function deadLetter(
  { rejection, raw }: RejectedEvent,
  receivedAt: number,
  headers: CollectPorts['headers'],
): NewRecord {
  const { code, reason, eventId } = rejection;
  return {
    key: eventId ?? createHash('sha256').update(raw).digest('hex'),
    value: JSON.stringify({ code, reason, receivedAt, raw }),
    headers,
    timestamp: receivedAt,
  };
}
