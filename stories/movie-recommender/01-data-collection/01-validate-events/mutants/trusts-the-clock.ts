// Rejected by: refuses an event from the future
import type { z } from 'zod';
import { MINUTE } from '#domain/core/time.ts';
import { ClientEvent } from '#domain/events/events.ts';
import type { Validated } from '#domain/events/seam-types.ts';

/** How far a client's clock may run ahead of ours before its events are refused. */
export const MAX_AHEAD = 5 * MINUTE;

/**
 * Whether one raw event may enter the log.
 *
 * @param raw anything that JSON can hold
 * @param receivedAt our clock, UTC epoch milliseconds
 */
export function validateEvent(raw: unknown, receivedAt: number): Validated {
  const parsed = parse(raw);
  if (!parsed.success) return refusalOf(parsed.error);
  const event = parsed.data;
  if (event.occurredAt > event.sentAt) return refuse('occurred_after_sent', 'occurredAt is later than sentAt');
  return { ok: true, event };
}

// ─── Given: you need not change what follows ────────────────────────────────────────────────────────────────────────

/** The form of an event: `{ success: true, data }` or `{ success: false, error }`. Never throws. */
export const parse = (raw: unknown) => ClientEvent.safeParse(raw, { reportInput: true });

export const refuse = (code: string, reason: string): Validated => ({ ok: false, code, reason: reason.slice(0, 300) });

/** The refusal for a form that is wrong: its first fault, in words that name the field. */
export function refusalOf(error: z.ZodError): Validated {
  const issue = error.issues[0];
  if (!issue) return refuse('invalid_event', 'the event does not have the form of any known type');
  return refuse(codeOf(issue), `${issue.path.join('.') || 'event'}: ${issue.message}`);
}

function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') return 'unknown_type';
  if (issue.code === 'unrecognized_keys') return 'unknown_field';
  if (issue.path.length === 0) return 'invalid_event';
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'missing_field';
  return 'invalid_field';
}
