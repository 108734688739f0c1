import { z } from 'zod';
import type { Validated } from '#domain/events/all-bricks-seam-types.ts';
import { ClientEvent } from '#domain/events/client-and-stored-events.ts';

const FIVE_MINUTES = 300_000;

/** Thrown to end the checks early, and always caught in this file. */
class Rejected extends Error {
  readonly code: string;
  constructor(code: string, reason: string) {
    super(reason);
    this.code = code;
  }
}

export function validateEvent(raw: unknown, receivedAt: number): Validated {
  try {
    const event = ClientEvent.parse(raw, { reportInput: true });
    checkTimes(event, receivedAt);
    return { ok: true, event };
  } catch (error) {
    if (error instanceof Rejected) return { ok: false, code: error.code, reason: error.message };
    if (error instanceof z.ZodError) return fromSchema(error);
    throw error;
  }
}

function checkTimes({ occurredAt, sentAt }: ClientEvent, receivedAt: number): void {
  for (const [field, time] of Object.entries({ occurredAt, sentAt })) {
    const ahead = time - receivedAt;
    if (ahead > FIVE_MINUTES) throw new Rejected('from_the_future', `${field} is ${ahead} ms ahead of our clock`);
  }
  if (sentAt - occurredAt < 0) throw new Rejected('occurred_after_sent', 'occurredAt is after sentAt');
}

function fromSchema({ issues: [issue] }: z.ZodError): Validated {
  const path = issue?.path.map(String) ?? [];
  const reason = `${path.join('.') || 'event'}: ${issue?.message ?? 'invalid'}`;
  return { ok: false, code: issue ? schemaCode(issue, path) : 'invalid_event', reason: reason.slice(0, 300) };
}

function schemaCode(issue: z.core.$ZodIssue, [field]: readonly string[]): string {
  if (field === 'schemaVersion') return 'unknown_version';
  if (issue.code === 'invalid_union') return 'unknown_type';
  if (issue.code === 'unrecognized_keys') return 'unknown_field';
  if (field === undefined) return 'invalid_event';
  return issue.code === 'invalid_type' && issue.input === undefined ? 'missing_field' : 'invalid_field';
}
