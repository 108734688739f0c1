import { z } from 'zod';
import { MINUTE } from '#domain/core/time.ts';
import type { Validated } from '#domain/events/all-bricks-seam-types.ts';
import { ClientEvent } from '#domain/events/client-and-stored-events.ts';

const LATEST_AHEAD = 5 * MINUTE;

/** An event with our clock at its arrival, so that one schema can state the rules about times too. */
const Arrival = z
  .object({ event: ClientEvent, receivedAt: z.number() })
  .refine(({ event, receivedAt }) => event.occurredAt <= receivedAt + LATEST_AHEAD, inTheFuture('occurredAt'))
  .refine(({ event, receivedAt }) => event.sentAt <= receivedAt + LATEST_AHEAD, inTheFuture('sentAt'))
  .refine(({ event }) => event.occurredAt <= event.sentAt, {
    message: 'it is later than sentAt',
    path: ['event', 'occurredAt'],
    params: { code: 'occurred_after_sent' },
  });

function inTheFuture(field: string) {
  const message = 'it is more than five minutes ahead of our clock';
  return { message, path: ['event', field], params: { code: 'from_the_future' } };
}

export function validateEvent(raw: unknown, receivedAt: number): Validated {
  const result = Arrival.safeParse({ event: raw, receivedAt }, { reportInput: true });
  if (result.success) return { ok: true, event: result.data.event };
  const [issue] = result.error.issues;
  const path = issue?.path.slice(1) ?? [];
  const reason = [path.join('.') || 'event', issue?.message].join(': ').slice(0, 300);
  return { ok: false, code: issue ? codeFor(issue, path) : 'invalid_event', reason };
}

function codeFor(issue: z.core.$ZodIssue, path: readonly PropertyKey[]): string {
  const { code } = issue;
  if (code === 'custom' && typeof issue.params?.code === 'string') return issue.params.code;
  const [field] = path;
  if (field === 'schemaVersion') return 'unknown_version';
  if (code === 'invalid_union') return 'unknown_type';
  if (code === 'unrecognized_keys') return 'unknown_field';
  if (field === undefined) return 'invalid_event';
  const isMissing = code === 'invalid_type' && issue.input === undefined;
  return isMissing ? 'missing_field' : 'invalid_field';
}
