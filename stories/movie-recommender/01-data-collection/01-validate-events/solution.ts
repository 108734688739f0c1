import type { z } from 'zod';
import { MINUTE } from '#domain/core/time.ts';
import type { Validated } from '#domain/events/all-bricks-seam-types.ts';
import { ClientEvent } from '#domain/events/client-and-stored-events.ts';

/** Milliseconds that a client's clock may be ahead of the service's clock. */
const MAX_AHEAD = 5 * MINUTE;
/** Maximum number of characters of a reason. */
const MAX_REASON = 300;

/**
 * Decides whether an event may enter the log: first its schema, then its timestamps. Late events of any age are valid.
 *
 * Unit    `receivedAt`: UTC epoch ms, the service's clock
 * Never   throws, regardless of the input; changes the event; trusts a client's clock
 */
export function validateEvent(raw: unknown, receivedAt: number): Validated {
  // Without `reportInput`, zod reports missing fields in the same way as fields of a wrong type.
  const parsed = ClientEvent.safeParse(raw, { reportInput: true });
  return parsed.success ? validateTimes(parsed.data, receivedAt) : schemaRejection(parsed.error);
}

/** Rejects events from the future, and events that were sent before they occurred. */
function validateTimes(event: ClientEvent, receivedAt: number): Validated {
  const { occurredAt, sentAt } = event;
  const latest = Math.max(occurredAt, sentAt);
  if (latest > receivedAt + MAX_AHEAD) {
    const ahead = Math.round((latest - receivedAt) / MINUTE);
    return reject('from_the_future', `occurredAt or sentAt is ${ahead} minutes ahead of our clock; the limit is 5`);
  }
  if (occurredAt > sentAt) {
    return reject('occurred_after_sent', `occurredAt ${occurredAt} is later than sentAt ${sentAt}`);
  }
  return { ok: true, event };
}

const reject = (code: string, reason: string): Validated => ({ ok: false, code, reason: reason.slice(0, MAX_REASON) });

/** Returns a rejection for the first invalid field, which the reason names. */
function schemaRejection(error: z.ZodError): Validated {
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
