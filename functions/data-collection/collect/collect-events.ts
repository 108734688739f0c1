import { createHash } from 'node:crypto';
import type { Now } from '#domain/core/time.ts';
import { CORRELATION_HEADER, type CollectReply, type Rejection } from '#domain/events/api-contract.ts';
import { type ClientEvent, eventKey, type StoredEvent } from '#domain/events/events.ts';
import { keyOf } from '#domain/events/key-of.ts';
import type { Seams, Validated } from '#domain/events/seam-types.ts';
import { EVENTS, EVENTS_DLQ } from '#domain/events/topics.ts';
import type { EventLog, NewRecord } from '#ports/event-log.ts';
import type { Table } from '#ports/table.ts';
import type { Invocation } from '#ports/telemetry.ts';

export interface CollectPorts extends Pick<Seams, 'validateEvent'> {
  readonly eventLog: Pick<EventLog, 'append'>;
  /** Which events were taken in. Kept without end: a window shorter than the log's retention would let repeats in. */
  readonly idempotency: Pick<Table, 'getMany' | 'putMany'>;
  readonly now: Now;
}

interface Refused {
  readonly raw: unknown;
  readonly rejection: Rejection;
}

const MAX_RAW = 4_096;

/**
 * Takes raw events in: the good ones are durable when this resolves, each once; the others are dead letters with a
 * reason. Two requests that carry the same event at the same moment may both append it: every reader of the log
 * deduplicates by `eventId`, so that has no effect either.
 */
export async function collectEvents(
  raws: readonly unknown[],
  ports: CollectPorts,
  invocation: Invocation,
): Promise<CollectReply> {
  const receivedAt = ports.now();
  const { good, refused } = judge(raws, receivedAt, ports.validateEvent, invocation);
  const fresh = await withoutRepeats(good, ports.idempotency);
  const headers = { [CORRELATION_HEADER]: invocation.correlationId };
  const toRecord = (event: ClientEvent): NewRecord => {
    const stored: StoredEvent = { ...event, ingestedAt: receivedAt };
    return { key: keyOf(event), value: JSON.stringify(stored), headers, timestamp: receivedAt };
  };
  await Promise.all([
    fresh.length > 0 && ports.eventLog.append(EVENTS, fresh.map(toRecord)),
    refused.length > 0 &&
      ports.eventLog.append(
        EVENTS_DLQ,
        refused.map((letter) => deadLetter(letter, receivedAt, headers)),
      ),
  ]);
  // After the append: a crash between the two lets a repeat into the log, the other order would lose the event.
  await ports.idempotency.putMany(fresh.map(({ eventId }) => ({ key: eventKey(eventId), item: { at: receivedAt } })));
  const result = {
    accepted: fresh.length,
    duplicates: good.length - fresh.length,
    rejected: refused.map(({ rejection }) => rejection),
  };
  invocation.count('Accepted', result.accepted);
  invocation.count('Duplicates', result.duplicates);
  invocation.count('Rejected', result.rejected.length);
  return result;
}

function judge(
  raws: readonly unknown[],
  receivedAt: number,
  validateEvent: Seams['validateEvent'],
  invocation: Invocation,
) {
  const good: ClientEvent[] = [];
  const refused: Refused[] = [];
  for (const [index, raw] of raws.entries()) {
    const verdict = safely(validateEvent, raw, receivedAt, invocation);
    if (verdict.ok) good.push(verdict.event);
    else refused.push({ raw, rejection: { index, eventId: idOf(raw), code: verdict.code, reason: verdict.reason } });
  }
  return { good, refused };
}

/** A validator that breaks refuses one event; it does not take the request down. */
function safely(
  validateEvent: Seams['validateEvent'],
  raw: unknown,
  receivedAt: number,
  invocation: Invocation,
): Validated {
  try {
    const verdict = validateEvent(raw, receivedAt);
    if (verdict.ok ? isEvent(verdict.event) : typeof verdict.code === 'string') return verdict;
    return { ok: false, code: 'validator_failed', reason: 'the validator answered neither an event nor a refusal' };
  } catch (error) {
    invocation.error('validateEvent threw', error);
    return { ok: false, code: 'validator_failed', reason: `the validator threw: ${String(error).slice(0, 200)}` };
  }
}

const isEvent = (event: unknown): boolean =>
  typeof (event as ClientEvent | undefined)?.eventId === 'string' && typeof keyOf(event as ClientEvent) === 'string';

function idOf(raw: unknown): string | null {
  const id = typeof raw === 'object' && raw !== null && 'eventId' in raw ? raw.eventId : undefined;
  return typeof id === 'string' ? id.slice(0, 64) : null;
}

/** Drops what was taken in before, and what stands twice in this batch. */
async function withoutRepeats(
  events: readonly ClientEvent[],
  idempotency: Pick<Table, 'getMany'>,
): Promise<ClientEvent[]> {
  const known = await idempotency.getMany(events.map(({ eventId }) => eventKey(eventId)));
  const inBatch = new Set<string>();
  return events.filter(({ eventId }, i) => {
    if (known[i] !== undefined || inBatch.has(eventId)) return false;
    inBatch.add(eventId);
    return true;
  });
}

/** What was refused, and why, so that a person can mend and replay it. */
function deadLetter({ raw, rejection }: Refused, receivedAt: number, headers: Record<string, string>): NewRecord {
  const text = (JSON.stringify(raw) ?? 'null').slice(0, MAX_RAW);
  const value = JSON.stringify({ code: rejection.code, reason: rejection.reason, receivedAt, raw: text });
  const key = rejection.eventId ?? createHash('sha256').update(text).digest('hex');
  return { key, value, headers, timestamp: receivedAt };
}
