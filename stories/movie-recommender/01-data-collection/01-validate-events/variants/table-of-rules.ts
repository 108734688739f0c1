import type { z } from 'zod';
import { MINUTE } from '#domain/core/time.ts';
import type { Validated } from '#domain/events/all-bricks-seam-types.ts';
import { ClientEvent } from '#domain/events/client-and-stored-events.ts';

/** A reason to reject an event that matches its schema. */
interface Rule {
  readonly code: string;
  readonly reason: string;
  readonly isBroken: (event: ClientEvent, receivedAt: number) => boolean;
}

const FIELDS = ['occurredAt', 'sentAt'] as const;
const TOLERANCE_MS = 5 * MINUTE;

/** The rules in the order in which they are applied. */
const RULES: readonly Rule[] = [
  {
    code: 'from_the_future',
    reason: "the client's clock is more than five minutes fast",
    isBroken: (event, receivedAt) => FIELDS.some((field) => event[field] - receivedAt > TOLERANCE_MS),
  },
  {
    code: 'occurred_after_sent',
    reason: 'sentAt must not be earlier than occurredAt',
    isBroken: ({ occurredAt, sentAt }) => sentAt < occurredAt,
  },
];

export function validateEvent(raw: unknown, receivedAt: number): Validated {
  const { success, data, error } = ClientEvent.safeParse(raw, { reportInput: true });
  if (!success) return { ok: false, ...describe(error.issues) };
  const broken = RULES.find(({ isBroken }) => isBroken(data, receivedAt));
  return broken ? { ok: false, code: broken.code, reason: broken.reason } : { ok: true, event: data };
}

function describe([first]: readonly z.core.$ZodIssue[]): { code: string; reason: string } {
  if (!first) return { code: 'invalid_event', reason: 'this is not an event' };
  const where = first.path.length > 0 ? first.path.join('.') : 'event';
  return { code: codes(first), reason: `${where}: ${first.message}`.slice(0, 300) };
}

function codes({ code, path, input }: z.core.$ZodIssue): string {
  if (path.includes('schemaVersion')) return 'unknown_version';
  switch (code) {
    case 'invalid_union':
      return 'unknown_type';
    case 'unrecognized_keys':
      return 'unknown_field';
    case 'invalid_type':
      if (path.length > 0 && input === undefined) return 'missing_field';
  }
  return path.length > 0 ? 'invalid_field' : 'invalid_event';
}
