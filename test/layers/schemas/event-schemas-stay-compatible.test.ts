import { describe, expect, it } from 'vitest';
import { incompatibilities, type JsonSchema } from '#domain/events/schema-compatibility.ts';
import { currentSchemas, incompatibleChanges, publishedSchemas } from './compare-published-schemas.ts';

const base: JsonSchema = {
  type: 'object',
  properties: {
    id: { type: 'string', minLength: 1, maxLength: 64, pattern: '^a' },
    rating: { type: 'number', minimum: 0.5, maximum: 5, multipleOf: 0.5 },
    device: { type: 'string', enum: ['tv', 'phone'] },
    titles: { type: 'array', items: { type: 'string', maxLength: 9 }, minItems: 1, maxItems: 100 },
    kind: { type: 'string', const: 'play' },
  },
  required: ['id', 'kind'],
  additionalProperties: false,
};
const properties = base.properties as Record<string, JsonSchema>;
const withField = (name: string, change: object): JsonSchema => ({
  ...base,
  properties: { ...properties, [name]: { ...properties[name], ...change } },
});
const without = (name: string): JsonSchema => ({
  ...base,
  properties: Object.fromEntries(Object.entries(properties).filter(([field]) => field !== name)),
});
const items = (change: object) => withField('titles', { items: { type: 'string', maxLength: 9, ...change } });

describe('the schemas of events', () => {
  it('accept all events that the published schemas accept', () => {
    expect(incompatibleChanges(publishedSchemas(), currentSchemas())).toEqual([]);
  });

  it('equal the published schemas (run `npm run schemas` after a change)', () => {
    expect(currentSchemas()).toEqual(publishedSchemas());
  });

  it('include two versions of one type', () => {
    const { PlayEvent, PlayEventV2 } = currentSchemas();
    expect(PlayEvent?.properties?.schemaVersion).toMatchObject({ const: 1 });
    expect(PlayEventV2?.properties?.schemaVersion).toMatchObject({ const: 2 });
    expect(incompatibilities(PlayEvent as JsonSchema, PlayEventV2 as JsonSchema)).not.toEqual([]);
  });
});

describe('a change of a schema', () => {
  it.each<[string, JsonSchema]>([
    ['none', base],
    ['a new optional field', withField('mood', { type: 'string' })],
    ['a longer string', withField('id', { maxLength: 65 })],
    ['one limit fewer', withField('id', { minLength: undefined })],
    ['a wider range', withField('rating', { minimum: 0, maximum: 10 })],
    ['a finer step', withField('rating', { multipleOf: 0.25 })],
    ['one value more', withField('device', { enum: ['tv', 'phone', 'web'] })],
    ['more items', withField('titles', { minItems: 0, maxItems: 200 })],
    ['longer items', items({ maxLength: 10 })],
    ['other descriptions', { ...withField('id', { description: 'other', example: 'a' }), description: 'other' }],
    ['open to other fields', { ...base, additionalProperties: undefined }],
  ])('is additive: %s', (_, after) => expect(incompatibilities(base, after)).toEqual([]));

  it.each<[string, JsonSchema, string]>([
    ['removed', without('device'), 'device: removed'],
    [
      'renamed',
      { ...withField('gadget', { type: 'string' }), properties: { ...without('device').properties, gadget: {} } },
      'device: removed',
    ],
    ['retyped', withField('rating', { type: 'string' }), 'rating: type changed'],
    ['made an integer', withField('rating', { type: 'integer' }), 'rating: type changed'],
    ['newly required', { ...base, required: ['id', 'kind', 'rating'] }, 'rating: newly required'],
    ['new and required', { ...withField('mood', {}), required: ['id', 'kind', 'mood'] }, 'mood: newly required'],
    ['no longer required', { ...base, required: ['kind'] }, 'id: no longer required'],
    ['shortened', withField('id', { maxLength: 32 }), 'id: maxLength tightened from 64 to 32'],
    ['lengthened', withField('id', { minLength: 2 }), 'id: minLength tightened'],
    ['limited', withField('kind', { maxLength: 8 }), 'kind: maxLength tightened from none'],
    ['narrowed', withField('rating', { maximum: 4 }), 'rating: maximum tightened'],
    ['coarsened', withField('rating', { multipleOf: 1 }), 'rating: multipleOf tightened'],
    ['given another pattern', withField('id', { pattern: '^b' }), 'id: pattern changed'],
    ['given a format', withField('id', { format: 'uuid' }), 'id: format changed from none'],
    ['one value fewer', withField('device', { enum: ['tv'] }), 'device: no longer accepts phone'],
    ['limited to values', withField('id', { enum: ['a'] }), 'id: restricted to certain values'],
    ['another constant', withField('kind', { const: 'watch' }), 'kind: const changed'],
    ['fewer items', withField('titles', { maxItems: 50 }), 'titles: maxItems tightened'],
    ['other items', items({ type: 'number' }), 'titles[]: type changed'],
    ['no items', withField('titles', { items: undefined }), 'titles: the schema of its items was added or removed'],
  ])('is incompatible: %s', (_, after, problem) =>
    expect(incompatibilities(base, after).join('\n')).toContain(problem),
  );

  it('is incompatible if a schema is removed, and additive if a schema is added', () => {
    expect(incompatibleChanges({ a: base, b: base }, { a: base })).toEqual(['b: removed or renamed']);
    expect(incompatibleChanges({ a: base }, { a: base, b: base })).toEqual([]);
  });

  it('is incompatible if a schema no longer accepts other fields', () => {
    expect(incompatibilities({ ...base, additionalProperties: undefined }, base)).toHaveLength(1);
  });
});
