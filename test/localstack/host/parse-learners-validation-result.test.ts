import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseValidated } from '../../../localstack/embedded/host/learner-code/validate-with-learners-code.ts';

const PLAY = {
  ...{ type: 'play', eventId: 'e-1', userId: 'u-1', titleId: 't-1' },
  ...{ occurredAt: Date.UTC(2026, 0, 5), sentAt: Date.UTC(2026, 0, 5) },
};

describe('a result of the learner’s validateEvent', () => {
  it('is accepted if it is a valid event or a rejection', () => {
    expect(parseValidated({ ok: true, event: PLAY })).toEqual({ value: { ok: true, event: PLAY } });
    const rejection = { ok: false, code: 'mine', reason: 'because' };
    expect(parseValidated({ ...rejection, more: 1 })).toEqual({ value: rejection });
  });

  it.each([
    [{ ok: true }],
    [{ ok: true, event: null }],
    [{ ok: true, event: { ...PLAY, titleId: 7 } }],
    [{ ok: true, event: { ...PLAY, more: 1 } }],
    [{ ok: true, event: { ...PLAY, type: 'dance' } }],
    [{ ok: true, event: [PLAY] }],
    [{ ok: true, event: { ...PLAY, occurredAt: Number.NaN } }],
    [{ ok: false }],
    [{ ok: false, code: 1, reason: '' }],
    [{ ok: false, code: 'x' }],
    [{ ok: 'yes', event: PLAY }],
    [undefined],
    ['ok'],
  ])('fails if it is %j', (result) => {
    expect(parseValidated(result)).toHaveProperty('failure');
  });

  it('fails or has the form of a result, whatever it is, and its text has a limited length', () => {
    const anything = fc.oneof(fc.anything(), fc.record({ ok: fc.boolean(), event: fc.anything(), code: fc.string() }));
    fc.assert(
      fc.property(anything, (result) => {
        const parsed = parseValidated(result);
        expect('value' in parsed ? typeof parsed.value.ok : typeof parsed.failure).toMatch(/boolean|string/);
      }),
    );
    const long = parseValidated({ ok: false, code: 'c'.repeat(1e5), reason: '\ud800'.repeat(1e5) });
    expect(long).toEqual({ value: { ok: false, code: 'c'.repeat(64), reason: '\ufffd'.repeat(300) } });
  });
});
