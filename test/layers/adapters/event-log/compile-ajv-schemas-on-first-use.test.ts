import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ajv2020 as LazyAjv } from '#adapters/event-log/kafka-client-ajv-compiling-on-first-use.ts';

const OPTIONS = { allErrors: true };
const SCHEMA = {
  type: 'object',
  properties: { topic: { type: 'string', minLength: 2 }, acks: { type: 'integer', minimum: -1, maximum: 1 } },
  required: ['topic'],
  additionalProperties: false,
};

describe('Ajv with lazy compilation', () => {
  it('returns Ajv’s result and errors for any data', () => {
    const [ours, theirs] = [new LazyAjv(OPTIONS).compile(SCHEMA), new Ajv2020(OPTIONS).compile(SCHEMA)];
    const acks = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.string());
    const options = fc.record({ topic: fc.string(), acks, more: fc.boolean() }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.oneof(options, fc.anything()), (data) => {
        expect(ours(data)).toBe(theirs(data));
        expect(ours.errors).toEqual(theirs.errors);
      }),
    );
  });

  it('compiles a schema on its first use, not before', () => {
    const validate = new LazyAjv(OPTIONS).compile({ type: 'no such type' });
    expect(() => validate({})).toThrow('type must be');
  });
});
