import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NotStrictJson, parseStrictJson } from '../../../../functions/data-collection/collect/strict-json.ts';

const parse = (text: string) => parseStrictJson(text, 20);

describe('strict JSON', () => {
  it('accepts everything that JSON.stringify writes', () => {
    const anything = fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' });
    fc.assert(
      fc.property(anything, fc.integer({ min: 0, max: 4 }), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parse(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('returns every double that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(parse(JSON.stringify([value]))).toEqual([value === 0 ? 0 : value]);
      }),
      { numRuns: 5_000 },
    );
  });

  it('rejects what JSON.parse rejects, and otherwise returns the same value or throws', () => {
    const text = fc.string({ unit: fc.constantFrom(...'{}[]:,"\\ \n019-+.eEnultrefasd\ud800') });
    const outcomeOf = (read: () => unknown) => {
      try {
        return { value: read() };
      } catch (error) {
        return { error };
      }
    };
    fc.assert(
      fc.property(text, (candidate) => {
        const strict = outcomeOf(() => parse(candidate));
        const loose = outcomeOf(() => JSON.parse(candidate));
        if ('error' in loose) expect(strict).toHaveProperty('error');
        if ('error' in strict) expect(strict.error).toBeInstanceOf(NotStrictJson);
        else expect(strict).toEqual(loose);
      }),
      { numRuns: 10_000 },
    );
  });

  it.each(['{"a":1,"a":2}', '[{"b":{"a":1,"b":2,"a":1}}]', '{"a":1,"\\u0061":2}', '{"__proto__":1,"__proto__":2}'])(
    'rejects a key that appears twice: %s',
    (text) => expect(() => parse(text)).toThrow('a key appears twice'),
  );

  it.each([
    '9007199254740993',
    '-9007199254740993',
    '[12345678901234567890]',
    '1767614400000.00001',
    '0.1000000000000000055511151231257827',
    '1e400',
    '-1e999999',
    '1e-400',
    '123456789012345678e1',
  ])('rejects a number that parsing would change: %s', (text) => expect(() => parse(text)).toThrow('exactly'));

  it.each([
    '9007199254740991',
    '0.30000000000000004',
    '1e22',
    '1.0',
    '0',
    '-0.0',
    '1E+2',
    '1000000000000000000000',
    '5e-324',
  ])('accepts a number that a double represents: %s', (text) => expect(parse(text)).toBe(Number(text)));

  it.each(['"\\ud800"', '{"\\udfff":1}', '["\\uD83D x"]', '["\\ud83d\\ud83d\\ude00"]'])(
    'rejects half of a surrogate pair: %s',
    (text) => expect(() => parse(text)).toThrow('surrogate'),
  );

  it('accepts a complete surrogate pair, escaped or not', () => {
    expect(parse('["\\ud83d\\ude00","😀"]')).toEqual(['😀', '😀']);
  });

  it('rejects deep nesting before it parses, and counts only brackets outside of strings', () => {
    expect(() => parse('['.repeat(100_000))).toThrow('levels deep');
    expect(() => parse(`${'{"a":'.repeat(21)}1${'}'.repeat(21)}`)).toThrow('21 levels deep');
    expect(parse('"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\"{{{{{{{{{{{{{{{{{{{{{{{{{"')).toMatch(/^\[/);
  });
});
