import { describe, expect, it } from 'vitest';
import { explain } from '../../bin/story/explain-failure.ts';
import { watchBuiltins } from '../../bin/story/sandbox/builtins-guard.ts';
import { readResults } from '../../bin/story/sandbox/read-results.ts';
import { startProfiler } from '../../bin/story/sandbox/sampling-profiler.ts';

describe('the guard of the built-in objects', () => {
  it('finds an added, a replaced and a removed property, and nothing before', () => {
    const { at } = Array.prototype;
    const changed = watchBuiltins();
    expect(changed()).toBeUndefined();
    Object.assign(Object.prototype, { added: true });
    const added = changed();
    delete (Object.prototype as { added?: boolean }).added;
    Array.prototype.at = () => undefined;
    const replaced = changed();
    delete (Array.prototype as { at?: unknown }).at;
    const removed = changed();
    Object.defineProperty(Array.prototype, 'at', { value: at, writable: true, configurable: true, enumerable: false });
    expect([added, replaced]).toEqual([
      { object: 'Object.prototype', property: 'added' },
      { object: 'Array.prototype', property: 'at' },
    ]);
    expect(removed?.object).toBe('Array.prototype');
  });
});

describe('the sampling profiler', () => {
  it('finds the line with the loop, and none in a file that does not run', () => {
    const busy = () => {
      for (const end = Date.now() + 50; Date.now() < end; );
    };
    const idle = startProfiler('file:///not-running.ts');
    busy();
    expect(idle.hottestLine()).toBeUndefined();
    const profiler = startProfiler(import.meta.url);
    busy();
    expect(profiler.hottestLine()).toBeGreaterThan(0);
  });
});

describe('the results of the sandboxed process', () => {
  it('are read line by line, without lines that do not follow the protocol', () => {
    const lines = [
      '{"began":0}',
      '{"outcome":{"kind":"value","value":{"ok":true},"inputChanged":false}}',
      'printed by the learner’s code',
      '{"outcome":{"kind":"value"}}',
      '{"began":1}',
      '{"failure":{"kind":"hang","milliseconds":1000,"line":3}}',
      '{"failure":{"kind":"import","specifier":"node:fs"}}',
      '{"outcome":{"ki',
    ];
    expect(readResults(lines.join('\n'))).toEqual({
      outcomes: [{ kind: 'value', value: { ok: true }, inputChanged: false }],
      ending: { kind: 'hang', milliseconds: 1_000, line: 3 },
      lastCall: 1,
    });
  });
});

describe('the explanation of a trial that ended early', () => {
  const learner = {
    path: '/work/validate-event.ts',
    source: 'export function validateEvent() {}',
    name: 'validateEvent',
  };

  it.each([
    ['time', 'the calls of your function took too long in total'],
    ['memory', 'your code used more memory than its limit'],
    ['output', 'the results of your function were too large'],
    ['ended', 'the process ended before your function had returned all results'],
  ] as const)('names the limit: %s', (why, what) => {
    expect(explain({ kind: 'killed', why }, learner)).toMatchObject({ what, fix: expect.any(String) });
  });

  it.each([
    ['object', 'an object'],
    ['null', 'null'],
    ['string', 'a string'],
  ])('names the type of a wrong export: %s', (type, named) => {
    const { what, line } = explain({ kind: 'not-a-function', type }, learner);
    expect({ what, line }).toEqual({ what: `your file exports validateEvent as ${named}, not as a function`, line: 1 });
  });
});
