// Rejected by: rejects an event from the future
import type { z } from 'zod';
import { MINUTE } from '#domain/core/time.ts';
import { ClientEvent } from '#domain/events/events.ts';
import type { Validated } from '#domain/events/seam-types.ts';

/** Milliseconds that a client's clock may be ahead of ours. Events further ahead are rejected. */
export const MAX_AHEAD = 5 * MINUTE;

/**
 * Validates one raw event before it enters the log.
 *
 * @param raw any JSON value
 * @param receivedAt our clock, UTC epoch milliseconds
 */
export function validateEvent(raw: unknown, receivedAt: number): Validated {
  const parsed = parse(raw);
  if (!parsed.success) return refusalOf(parsed.error);
  const event = parsed.data;
  if (event.occurredAt > event.sentAt) return refuse('occurred_after_sent', 'occurredAt is later than sentAt');
  return { ok: true, event };
}

// ─── Given: nothing below needs a change ────────────────────────────────────────────────────────────────────────────

/** Parses an event by its schema. Returns `{ success: true, data }` or `{ success: false, error }`, and never throws. */
export const parse = (raw: unknown) => ClientEvent.safeParse(raw, { reportInput: true });

export const refuse = (code: string, reason: string): Validated => ({ ok: false, code, reason: reason.slice(0, 300) });

/** Returns the rejection for a schema error. The reason describes the first error and names the field. */
export function refusalOf(error: z.ZodError): Validated {
  const issue = error.issues[0];
  if (!issue) return refuse('invalid_event', 'the event does not match the schema of any known type');
  return refuse(codeOf(issue), `${issue.path.join('.') || 'event'}: ${issue.message}`);
}

function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') return 'unknown_type';
  if (issue.code === 'unrecognized_keys') return 'unknown_field';
  if (issue.path.length === 0) return 'invalid_event';
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'missing_field';
  return 'invalid_field';
}
