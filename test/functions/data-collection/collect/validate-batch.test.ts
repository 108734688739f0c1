import { describe, expect, it } from 'vitest';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { validateBatch } from '../../../../functions/data-collection/collect/validate-batch.ts';
import { validateEvent } from '../../../../functions/data-collection/validate-event.ts';
import { NOON } from '../../handler-fixture.ts';

const playOf = (n: number): ClientEvent => ({
  ...{ type: 'play', eventId: `e-${n}`, userId: `u-${n}`, titleId: 't-1' },
  ...{ occurredAt: NOON - 2, sentAt: NOON - 1 },
});

describe('validateBatch', () => {
  it('accepts the valid events and rejects the others, by position in the request', () => {
    const raws = [playOf(0), { ...playOf(1), titleId: 7 }, playOf(2), null];
    const { accepted, rejected } = validateBatch(raws, NOON, validateEvent);
    expect(accepted).toEqual([playOf(0), playOf(2)]);
    expect(rejected.map(({ rejection }) => [rejection.index, rejection.eventId, rejection.code])).toEqual([
      [1, 'e-1', 'invalid_field'],
      [3, null, 'invalid_event'],
    ]);
  });

  it('passes the time of receipt to the validator', () => {
    const times: number[] = [];
    validateBatch([playOf(0), playOf(1)], NOON, (raw, receivedAt) => {
      times.push(receivedAt);
      return { ok: true, event: raw as ClientEvent };
    });
    expect(times).toEqual([NOON, NOON]);
  });

  it('stores at most 4,096 characters of a rejected event and 64 of its id', () => {
    const raw = { eventId: 'e'.repeat(100), query: 'x'.repeat(10_000) };
    const [rejected] = validateBatch([raw], NOON, validateEvent).rejected;
    expect(rejected?.raw).toBe(JSON.stringify(raw).slice(0, 4_096));
    expect(rejected?.rejection.eventId).toBe('e'.repeat(64));
  });

  it('rejects only the event for which the validator throws, and returns the error', () => {
    const error = new Error('a bug');
    const { accepted, rejected } = validateBatch([playOf(0), playOf(1)], NOON, (raw, receivedAt) => {
      if ((raw as ClientEvent).eventId === 'e-0') throw error;
      return validateEvent(raw, receivedAt);
    });
    expect(accepted).toEqual([playOf(1)]);
    expect(rejected).toEqual([
      {
        rejection: { index: 0, eventId: 'e-0', code: 'validator_failed', reason: 'the validator threw: Error: a bug' },
        raw: JSON.stringify(playOf(0)),
        thrown: { error },
      },
    ]);
  });

  it.each([undefined, null, {}, { ok: true }, { ok: true, event: {} }, { ok: false }])(
    'rejects an event for which the validator returns %o',
    (result) => {
      const { accepted, rejected } = validateBatch([playOf(0)], NOON, () => result as never);
      expect(accepted).toEqual([]);
      expect(rejected[0]?.rejection.code).toBe('validator_failed');
    },
  );

  it('returns nothing for an empty batch', () => {
    expect(validateBatch([], NOON, validateEvent)).toEqual({ accepted: [], rejected: [] });
  });
});
