import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '#domain/core/time.ts';
import { validateEvent } from '../../../functions/data-collection/validate-event.ts';
import { NOON } from '../handler-fixture.ts';

const good = {
  type: 'rate',
  eventId: 'e-1',
  userId: 'u-1',
  titleId: 't-1',
  rating: 4.5,
  occurredAt: NOON - 2,
  sentAt: NOON - 1,
};
const search = (query: string) => ({ ...good, type: 'search', titleId: undefined, rating: undefined, query });
const codeOf = (raw: unknown) => {
  const result = validateEvent(raw, NOON);
  return result.ok ? 'ok' : result.code;
};

describe('validateEvent', () => {
  it('accepts a valid event and returns it unchanged', () => {
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
    ['unknown_version', { ...good, schemaVersion: 2 }, 'schemaVersion'],
    ['unknown_version', { ...good, type: 'play', rating: undefined, schemaVersion: 3 }, 'schemaVersion'],
    ['unknown_version', { ...good, type: 'play', rating: undefined, schemaVersion: '1' }, 'schemaVersion'],
    ['unknown_field', JSON.parse(`{"__proto__":{"admin":true},${JSON.stringify(good).slice(1)}`), '__proto__'],
    ['unknown_field', { ...good, constructor: { prototype: { admin: true } } }, 'constructor'],
    ['invalid_field', search('\u0000'), 'control'],
    ['invalid_field', search('half \ud83d'), 'surrogate'],
    ['invalid_field', search('x'.repeat(257)), '256'],
    ['invalid_field', { ...good, sentAt: 2 ** 53 }, 'sentAt'],
    ['invalid_field', { ...good, eventId: 9_007_199_254_740_993n }, 'eventId'],
    ['invalid_field', { ...good, occurredAt: Date.UTC(1989, 11, 31) }, 'occurredAt'],
    ['invalid_field', { ...good, sentAt: Date.UTC(2101, 0, 1) }, 'sentAt'],
    ['from_the_future', { ...good, occurredAt: NOON + 6 * MINUTE, sentAt: NOON + 6 * MINUTE }, '6 minutes'],
    ['occurred_after_sent', { ...good, occurredAt: NOON }, 'occurredAt'],
    ['from_the_future', { ...good, sentAt: NOON + 6 * MINUTE }, '6 minutes'],
    ['invalid_event', 'text', 'event'],
    ['invalid_event', [], 'event'],
  ] as [string, unknown, string][])('rejects with %s and names the field, %#', (code, raw, part) => {
    const result = validateEvent(raw, NOON);
    expect(result).toMatchObject({ ok: false, code });
    expect(result.ok ? '' : result.reason).toContain(part);
  });

  it('accepts a clock that is 5 minutes ahead, and late events of any age', () => {
    const ahead = NOON + 5 * MINUTE;
    expect(codeOf({ ...good, occurredAt: ahead, sentAt: ahead })).toBe('ok');
    expect(codeOf({ ...good, occurredAt: Date.UTC(1997, 0, 1) })).toBe('ok');
  });

  it('accepts every version of a play and returns it unchanged', () => {
    const { rating: _, ...rest } = good;
    const play = { ...rest, type: 'play' };
    const versions = [play, { ...play, schemaVersion: 1 }, { ...play, schemaVersion: 2, completion: 0.9 }];
    for (const version of versions) expect(validateEvent(version, NOON)).toEqual({ ok: true, event: version });
    expect(codeOf({ ...play, schemaVersion: 2 })).toBe('missing_field');
    expect(codeOf({ ...play, completion: 0.9 })).toBe('unknown_field');
  });

  it('counts characters, not UTF-16 code units', () => {
    expect(codeOf({ ...search('🎬'.repeat(256)), titleId: undefined })).not.toBe('invalid_field');
  });

  it('throws for no input, and returns reasons of at most 300 characters', () => {
    fc.assert(
      fc.property(fc.anything(), (raw) => {
        const result = validateEvent(raw, NOON);
        return !result.ok && result.reason.length <= 300;
      }),
    );
  });
});
