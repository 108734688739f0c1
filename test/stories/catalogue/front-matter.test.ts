import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FrontMatter, readFrontMatter } from '../../../stories/academy/catalogue/front-matter.ts';

const SCHEMA = join(import.meta.dirname, '../../../stories/academy/catalogue/front-matter.schema.json');

describe('the front matter of a step', () => {
  it('has a JSON Schema, for editors', () => {
    // If this fails, write the second value into the file.
    expect(JSON.parse(readFileSync(SCHEMA, 'utf8'))).toEqual(JSON.parse(JSON.stringify(z.toJSONSchema(FrontMatter))));
  });

  it.each([
    ['is missing', '# Title', /does not begin with front matter/],
    ['lacks a field', '---\ntitle: T\n---\n', /minutes/],
    [
      'has an unknown runner',
      '---\ntitle: T\nminutes: 1\nneeds: []\ngives: []\nseams: [{name: a, file: a, runner: b}]\n---\n',
      /runner/,
    ],
    [
      'leads out of the workspace',
      '---\ntitle: T\nminutes: 1\nneeds: []\ngives: []\nseams: [{name: a, file: ../a, runner: sql}]\n---\n',
      /file/,
    ],
  ])('names the fault: it %s', (_, page, message) => {
    expect(() => readFrontMatter(page, 'README.md')).toThrow(message);
  });
});
