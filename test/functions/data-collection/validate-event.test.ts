import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '#domain/time.ts';
import { validateEvent } from '../../../functions/data-collection/validate-event.ts';
import { NOON } from '../workbench.ts';

const good = {
  type: 'rate',
  eventId: 'e-1',
  userId: 'u-1',
  titleId: 't-1',
  rating: 4.5,
  occurredAt: NOON - 2,
  sentAt: NOON - 1,
};
const codeOf = (raw: unknown) => {
  const verdict = validateEvent(raw, NOON);
  return verdict.ok ? 'ok' : verdict.code;
};

describe('validateEvent', () => {
  it('lets a well-formed event in, as it is', () => {
    expect(validateEvent(good, NOON)).toEqual({ ok: true, event: good });
  });

  it.each([
    ['missing_field', { ...good, userId: undefined }, 'userId'],
    ['invalid_field', { ...good, userId: 7 }, 'userId'],
    ['invalid_field', { ...good, userId: 'a b' }, 'userId'],
    ['invalid_field', { ...good, userId: 'x'.repeat(65) }, 'userId'],
    ['invalid_field', { ...good, rating: 5.5 }, 'rating'],
    ['invalid_field', { ...good, rating: 3.3 }, 'rating'],
    ['invalid_field', { ...good, occurredAt: 1.5 }, 'occurredAt'],
    ['invalid_field', { ...good, occurredAt: 0 }, 'occurredAt'],
    ['unknown_field', { ...good, colour: 'red' }, 'colour'],
    ['unknown_type', { ...good, type: 'dance' }, 'type'],
    ['occurred_after_sent', { ...good, occurredAt: NOON }, 'occurredAt'],
    ['from_the_future', { ...good, sentAt: NOON + 6 * MINUTE }, '6 minutes'],
    ['invalid_event', 'text', 'event'],
    ['invalid_event', [], 'event'],
  ])('refuses with %s and names the fault: %j', (code, raw, part) => {
    const verdict = validateEvent(raw, NOON);
    expect(verdict).toMatchObject({ ok: false, code });
    expect(verdict.ok ? '' : verdict.reason).toContain(part);
  });

  it('allows a clock that is a little ahead, and old events', () => {
    const ahead = NOON + 5 * MINUTE;
    expect(codeOf({ ...good, occurredAt: ahead, sentAt: ahead })).toBe('ok');
    expect(codeOf({ ...good, occurredAt: Date.UTC(1997, 0, 1) })).toBe('ok');
  });

  it('judges anything without throwing, and keeps reasons short', () => {
    fc.assert(
      fc.property(fc.anything(), (raw) => {
        const verdict = validateEvent(raw, NOON);
        return !verdict.ok && verdict.reason.length <= 300;
      }),
    );
  });
});
