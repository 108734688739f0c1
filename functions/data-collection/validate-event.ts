import type { z } from 'zod';
import { MINUTE } from '#domain/core/time.ts';
import { ClientEvent } from '#domain/events/events.ts';
import type { Validated } from '#domain/events/seam-types.ts';

/** How far a client's clock may run ahead of ours before its events are refused. */
const MAX_AHEAD = 5 * MINUTE;
const MAX_REASON = 300;
/** Codes of events that have the right form, at times that cannot be. */
export const CLOCK_FAULTS: readonly string[] = ['from_the_future', 'occurred_after_sent'];

/**
 * Whether one raw event may enter the log: its shape first, then its clocks. A seam: a learner's version may take its
 * place (layers/domain/events/seam-types.ts has the contract).
 */
export function validateEvent(raw: unknown, receivedAt: number): Validated {
  // Without reportInput a missing field and one of a wrong type look the same.
  const parsed = ClientEvent.safeParse(raw, { reportInput: true });
  if (!parsed.success) return refusalOf(parsed.error);
  return checkClocks(parsed.data, receivedAt);
}

/** An event cannot be sent before it happened, nor come from the future. */
export function checkClocks(event: ClientEvent, receivedAt: number): Validated {
  const { occurredAt, sentAt } = event;
  if (Math.max(occurredAt, sentAt) > receivedAt + MAX_AHEAD) {
    const ahead = Math.round((Math.max(occurredAt, sentAt) - receivedAt) / MINUTE);
    return refuse(
      'from_the_future',
      `occurredAt or sentAt is ${ahead} minutes ahead of our clock; at most 5 are allowed`,
    );
  }
  if (occurredAt > sentAt) {
    return refuse('occurred_after_sent', `occurredAt ${occurredAt} is later than sentAt ${sentAt}`);
  }
  return { ok: true, event };
}

const refuse = (code: string, reason: string): Validated => ({ ok: false, code, reason: reason.slice(0, MAX_REASON) });

/** The first fault, in words that name the field. */
function refusalOf(error: z.ZodError): Validated {
  const issue = error.issues[0];
  if (!issue) return refuse('invalid_event', 'the event does not have the form of any known type');
  const field = issue.path.join('.') || 'event';
  return refuse(codeOf(issue), `${field}: ${issue.message}`);
}

function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.path[0] === 'schemaVersion') return 'unknown_version';
  if (issue.code === 'invalid_union') return 'unknown_type';
  if (issue.code === 'unrecognized_keys') return 'unknown_field';
  if (issue.path.length === 0) return 'invalid_event';
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'missing_field';
  return 'invalid_field';
}
