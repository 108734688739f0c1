import type { z } from 'zod';
import { MINUTE } from '#domain/core/time.ts';
import { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import type { Validated } from '#domain/events/all-bricks-seam-types.ts';

/** Milliseconds that a client's clock may be ahead of the service's clock. */
export const MAX_AHEAD = 5 * MINUTE;

/**
 * Decides whether an event may enter the log: first its schema, then its timestamps. Late events of any age are valid.
 *
 * Unit    `receivedAt`: UTC epoch ms, the service's clock
 * Never   throws, regardless of the input; changes the event; trusts a client's clock
 */
export function validateEvent(raw: unknown, receivedAt: number): Validated {
  const parsed = parse(raw);
  if (!parsed.success) return reject('schema_error', parsed.error.message);
  const event = parsed.data;
  if (Math.max(event.occurredAt, event.sentAt) > receivedAt + MAX_AHEAD) {
    return reject('from_the_future', 'The event is from the future');
  }
  if (event.occurredAt > event.sentAt) return reject('occurred_after_sent', 'The event was sent too early');
  return { ok: true, event };
}

// ─── Given: nothing below needs a change ────────────────────────────────────────────────────────────────────────────

/** Maximum number of characters of a reason. */
const MAX_REASON = 300;

/**
 * Compares a value with the schema of an event. Returns `{ success: true, data }`, where `data` is the event, or
 * `{ success: false, error }`. Never throws.
 */
export const parse = (raw: unknown) => ClientEvent.safeParse(raw, { reportInput: true });

/** Returns a rejection with a code for programs and a reason for people. */
export const reject = (code: string, reason: string): Validated => ({
  ok: false,
  code,
  reason: reason.slice(0, MAX_REASON),
});

/** Returns a rejection for the first invalid field, which the reason names. */
export function schemaRejection(error: z.ZodError): Validated {
  const issue = error.issues[0];
  if (!issue) return reject('invalid_event', 'the event matches no known type');
  const field = issue.path.join('.') || 'event';
  return reject(codeOf(issue), `${field}: ${issue.message}`);
}

function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.path[0] === 'schemaVersion') return 'unknown_version';
  if (issue.code === 'invalid_union') return 'unknown_type';
  if (issue.code === 'unrecognized_keys') return 'unknown_field';
  if (issue.path.length === 0) return 'invalid_event';
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'missing_field';
  return 'invalid_field';
}
