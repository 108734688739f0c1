import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { helper, once, UnsupportedArgument } from '../../../stories/academy/confinement/function/encode-arguments.ts';
import { isStarved } from '../../../stories/academy/confinement/function/outcomes.ts';
import { LIMITS, runFunction } from '../../../stories/academy/confinement/function/run-function.ts';
import { decode } from '../../../stories/academy/confinement/function/values/decode.ts';
import { encode } from '../../../stories/academy/confinement/function/values/encode.ts';
import { builtinsOf } from '../../../stories/academy/confinement/function/values/wire-type-and-realm-builtins.ts';
import { learnerFolder, resultOf, runCode } from './run-learner-code.ts';

describe('arguments and results', () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  const shared = { a: 1 };

  it('keep their types in both directions', async () => {
    const values = [
      ...[undefined, null, true, 0, -0, Number.NaN, Number.POSITIVE_INFINITY, 12n, 'ü😀', '\ud800'],
      ...[[1, undefined, null], new Array(3), { a: { b: [] } }, circle, [shared, shared]],
      ...[new Map([[{ k: 1 }, new Set([1, 'x'])]]), new Date(5), new Date(Number.NaN), /a+/gi],
      ...[
        new Float32Array([1.5, Number.NaN]),
        new Uint8Array(),
        new BigInt64Array([-1n]),
        new Uint8Array([1, 2]).buffer,
      ],
      Object.fromEntries([['__proto__', 1]]),
    ];
    const { outcomes, ending } = await runCode('export const f = (value: unknown) => value;', {
      calls: values.map((value) => [value]),
    });
    expect(ending).toBeUndefined();
    expect(outcomes.map((outcome) => (outcome.kind === 'value' ? outcome.value : outcome))).toEqual(values);
    expect(outcomes.every((outcome) => outcome.kind === 'value' && !outcome.inputChanged)).toBe(true);
  });

  it('survive encoding, whatever they are', () => {
    const builtins = builtinsOf(globalThis);
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(anything, (value) => {
        const wire = JSON.parse(JSON.stringify(encode(value, builtins, Number.POSITIVE_INFINITY)));
        expect(decode(wire, builtins)).toStrictEqual(value);
      }),
    );
  });

  it('are of the realm of the code', async () => {
    const code = `export const f = (...args: any[]) =>
      [Array, Object, Map, Set, Date, Float32Array].map((type, i) => args[i] instanceof type);`;
    const args = [[], {}, new Map(), new Set(), new Date(0), new Float32Array()];
    expect(await resultOf(code, { calls: [args] })).toEqual(args.map(() => true));
  });

  it('may be functions of the step and iterators, and the calls of the functions are recorded', async () => {
    const helpers = {
      code: `import { MINUTE } from '#domain/core/time.ts';
        export const validate = (raw: any, at: number) => ({ ok: raw.good, late: at > MINUTE });`,
      folder: import.meta.dirname,
    };
    const code = `export function f(raws: Iterable<any>, at: number, validate: any) {
      const results = [];
      for (const raw of raws) results.push(validate(raw, at));
      return { results, again: [...raws], source: String(validate).includes('MINUTE') };
    }`;
    const args = [once([{ good: true }, { good: false }]), 70_000, helper('validate')];
    const { outcomes } = await runCode(code, { helpers, calls: [args] });
    expect(outcomes[0]).toMatchObject({
      value: {
        results: [
          { ok: true, late: true },
          { ok: false, late: true },
        ],
        again: [],
        source: false,
      },
      helperCalls: [
        { helper: 'validate', args: [{ good: true }, 70_000] },
        { helper: 'validate', args: [{ good: false }, 70_000] },
      ],
    });
  });

  it('may be functions that the step calls in turn', async () => {
    const helpers = {
      code: 'export const twice = (make: any, start: number) => { const next = make(start); return [next(), next()]; };',
      folder: '/',
    };
    const code = 'export const f = (start: number) => () => start++;';
    expect(await resultOf(code, { helpers, calls: [{ args: [5], through: 'twice' }] })).toEqual([5, 6]);
  });

  it('may be promises, if the step awaits them', async () => {
    const code = `export async function f(n: number) { await null; if (n === 1) throw new TypeError('no'); return [n]; }`;
    const awaited = await runCode(code, { calls: [[0], [1]], awaits: true });
    expect(awaited.outcomes).toMatchObject([
      { kind: 'value', value: [0] },
      { kind: 'threw', message: 'TypeError: no' },
    ]);
    expect((await runCode(code)).outcomes).toEqual([{ kind: 'promise' }]);
  });

  it('may contain any string, also the names that the encoding uses', async () => {
    const args = [{ unusual: 'yes', array: 'x' }, ['unusual', 'x'], ['undefined']];
    const { outcomes } = await runCode('export const f = (...args: unknown[]) => args;', { calls: [args] });
    expect(outcomes).toMatchObject([{ kind: 'value', value: args }]);
  });

  it("are rejected if they cannot be sent, as this is the step's mistake", async () => {
    await expect(runCode('export const f = () => 1;', { calls: [[() => 1]] })).rejects.toThrow(UnsupportedArgument);
  });
});

describe('the report', () => {
  it('names the line of an error in the file that has it', async () => {
    using learner = learnerFolder("import { inner } from './other.ts';\n\nexport const f = () => inner({});");
    writeFileSync(
      join(learner.folder, 'other.ts'),
      'type T = any;\n\nexport function inner(raw: T): unknown {\n  return raw.a.b;\n}',
    );
    const { outcomes } = await runFunction({ file: learner.file, name: 'f', calls: [[]] });
    expect(outcomes[0]).toMatchObject({ kind: 'threw', message: expect.stringContaining('TypeError') });
    const lines = outcomes[0]?.kind === 'threw' ? outcomes[0].stack.split('\n').slice(1) : [];
    expect(lines.map((line) => line.trim())).toEqual([
      expect.stringMatching(/^at inner \(\/.*\/other\.ts:4:/),
      expect.stringMatching(/^at f \(\/.*\/exercise\.ts:3:/),
    ]);
  });

  it.each([
    [
      'a syntax error',
      'export function f() {\n  return {;\n}',
      { kind: 'load', message: /SyntaxError/, stack: /exercise\.ts:2/ },
    ],
    [
      'a name declared twice',
      'const a = 1;\nconst a = 2;',
      { kind: 'load', message: /already been declared/, stack: /exercise\.ts:2/ },
    ],
    [
      'an enum',
      'export const a = 1;\nenum A { X }',
      { kind: 'load', code: /UNSUPPORTED_TYPESCRIPT/, stack: /exercise\.ts:2/ },
    ],
    [
      'an unknown file',
      "\nimport './nowhere.ts';",
      { kind: 'load', code: /ERR_MODULE_NOT_FOUND/, stack: /exercise\.ts:2/ },
    ],
    [
      'await at the top',
      'const a = 1;\nawait a;\nexport {};',
      { kind: 'load', code: /ERR_REQUIRE_ASYNC_MODULE/, stack: /exercise\.ts:2/ },
    ],
    [
      'an error at the top',
      "const a = 1;\nthrow new Error('not today');",
      { kind: 'load', message: /not today/, stack: /exercise\.ts:2:/ },
    ],
    ['a loop at the top', 'let i = 0;\nfor (;;) {\n  i++;\n}', { kind: 'hang', stack: /exercise\.ts:[23]:/ }],
  ])('says why a file cannot be loaded: %s', async (_, code, expected) => {
    const { ending, outcomes } = await runCode(code);
    expect(outcomes).toEqual([]);
    const matched = Object.entries(expected).map(([key, value]) => [
      key,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ]);
    expect(ending).toMatchObject(Object.fromEntries(matched));
  });

  it('names the file with the error, if it is not the learner’s main file', async () => {
    using learner = learnerFolder("import './other.ts';\nexport const f = () => 1;");
    writeFileSync(join(learner.folder, 'other.ts'), '\nenum A { X }\nexport {};');
    const { ending } = await runFunction({ file: learner.file, name: 'f', calls: [[]] });
    expect(ending).toMatchObject({
      kind: 'load',
      message: expect.stringContaining('enum'),
      stack: expect.stringMatching(/other\.ts:2/),
    });
  });

  it('says which function is missing', async () => {
    expect((await runCode('export const g = 1, h = 2;')).ending).toEqual({
      kind: 'missing-export',
      exported: ['g', 'h'],
    });
    expect((await runCode('export const f = null;')).ending).toEqual({ kind: 'not-a-function', type: 'null' });
    expect((await runCode('')).ending).toEqual({ kind: 'missing-export', exported: [] });
  });

  it('names a clock or a random number that is read', async () => {
    const code = `export function f(n: number) {
      if (n === 0) return Date.now();
      if (n === 1) return new Date().getTime();
      if (n === 2) return performance.now() < 0;
      if (n === 3) return Math.random() < 2;
      if (n === 4) return crypto.randomUUID().length;
      return new Date(7).getTime() + Date.parse('1970-01-01') + Math.max(1, 2);
    }`;
    const clock = Date.UTC(2001, 0, 1);
    const { outcomes } = await runCode(code, { calls: [0, 1, 2, 3, 4, 5].map((n) => [n]), clock });
    const reads = outcomes.map((outcome) => (outcome.kind === 'value' ? outcome.read : undefined));
    expect(reads.map((read) => read?.of)).toEqual(['clock', 'clock', 'clock', 'random', 'random', undefined]);
    expect(reads[3]?.stack).toMatch(/exercise\.ts:5:/);
    const [first] = outcomes;
    expect(first?.kind === 'value' && Math.abs(Number(first.value) - clock) < 10_000).toBe(true);
  });

  it('measures the processor time of each call', async () => {
    const code = `export function f(n: number) { let sum = 0; for (let i = 0; i < n; i++) sum += Math.sin(i); return sum > n; }`;
    const { outcomes, ending } = await runCode(code, {
      calls: [[0], [0], [0], [0], [3_000_000]],
      limits: { call: 10_000 },
    });
    expect(ending).toBeUndefined();
    const cpuMs = outcomes.map((outcome) => (outcome.kind === 'value' ? outcome.cpuMs : Number.NaN));
    // Other work of the machine can make some of the short calls long.
    const short = Math.min(...cpuMs.slice(0, -1));
    expect(short).toBeGreaterThanOrEqual(0);
    expect(cpuMs.at(-1)).toBeGreaterThan(20 + short);
  });

  it('tries a run again that got too little processor time', async () => {
    const wait = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700)';
    const { ending, outcomes } = await runCode(`export const f = () => ${wait};`, { limits: { call: 300 } });
    expect(ending).toBeUndefined();
    expect(outcomes).toMatchObject([{ value: 'timed-out' }]);
    const forever = await runCode(`export const f = () => ${wait.replace(', 700', '')};`, { limits: { call: 100 } });
    expect(forever.ending).toMatchObject({ kind: 'hang', milliseconds: 500 });
    expect(isStarved(forever, { load: 2_000, call: 100, total: 10_000 })).toBe(true);
    const endless = await runCode('export const f = () => { for (;;); };');
    expect(isStarved(endless, { load: 2_000, call: 500, total: 10_000 })).toBe(false);
  });

  it('tries a run again whose calls got too little processor time in total', async () => {
    const wait = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)';
    const calls = Array.from({ length: 10 }, () => []);
    const { ending, outcomes } = await runCode(`export const f = () => ${wait};`, { limits: { total: 1_000 }, calls });
    expect(ending).toBeUndefined();
    expect(outcomes).toHaveLength(10);
    const cpuMs = 8;
    const call = { kind: 'value', value: 1, inputChanged: false, cpuMs, helperCalls: [] } as const;
    const run = { outcomes: [call], ending: { kind: 'killed', why: 'time' }, printed: '' } as const;
    expect(isStarved(run, { load: 2_000, call: 500, total: 1_000 })).toBe(true);
    expect(isStarved(run, { load: 2_000, call: 500, total: 2 * cpuMs })).toBe(false);
  });

  it('reports arguments that were changed, and unhandled rejections', async () => {
    const code = `export function f(given: any) {
      if (given.n === 1) given.seen = true;
      if (given.n === 2) given.list.push(1);
      if (given.n === 3) Promise.reject(new Error('left behind'));
      return 1;
    }`;
    const { outcomes } = await runCode(code, { calls: [0, 1, 2, 3, 0].map((n) => [{ n, list: [] }]) });
    expect(outcomes).toMatchObject([
      ...[{ inputChanged: false }, { inputChanged: true }, { inputChanged: true }],
      ...[{ kind: 'threw', message: 'an unhandled rejection: Error: left behind' }, { kind: 'value' }],
    ]);
  });

  it('describes everything that can be thrown', async () => {
    const thrown = [
      "'up'",
      'undefined',
      '{ get message() { throw 1; } }',
      '{ message: 5 }',
      'Object.create(null)',
      'new (class extends Error {})("x")',
    ];
    const code = `export function f(n: number) { ${thrown.map((it, n) => `if (n === ${n}) throw ${it};`).join(' ')} }`;
    const { outcomes } = await runCode(code, { calls: thrown.map((_, n) => [n]) });
    const messages = outcomes.map((outcome) => (outcome.kind === 'threw' ? outcome.message : outcome.kind));
    const hidden = 'something that cannot be shown';
    expect(messages).toEqual(['up', 'undefined', hidden, 'Error: 5', hidden, 'Error: x']);
  });

  it('shows what the code printed, and throws away the rest', async () => {
    const code = `export function f(n: number) { console.log('call %d', n, { a: [1, 'x'] }, new Map([[1, 2]])); console.error('y'.repeat(n)); return n; }`;
    const { printed } = await runCode(code, { calls: [[1], [50_000], [2]] });
    expect(printed).toMatch(/^call %d 1 \{ a: \[1, 'x'\] \} Map\(1\) \{1 => 2\}\ny\n/);
    expect(printed).toHaveLength(2_000);
    expect(printed).toMatch(/y…$/);
  });
});

describe('the globals of the code', () => {
  it('include what pure code uses of Node', async () => {
    const code = `export function f() {
      return [
        [...new TextEncoder().encode('ü😀')],
        new TextDecoder().decode(new Uint8Array([195, 188, 240, 159, 152, 128])),
        [...Buffer.from('ü', 'utf8')], Buffer.from('aGk=', 'base64').toString(), Buffer.from([255, 1]).toString('hex'),
        Buffer.byteLength('ü😀'), Buffer.concat([Buffer.from('a'), new Uint8Array([98])]).toString(), Buffer.isBuffer(Buffer.alloc(1)),
        btoa('hi!'), atob('aGkh'), structuredClone({ a: new Map([[1, [new Date(5)]]]) }),
        Intl.DateTimeFormat().resolvedOptions().timeZone, new Date(0).getHours(), process.env.HOME,
      ];
    }`;
    expect(await resultOf(code)).toEqual([
      ...[[195, 188, 240, 159, 152, 128], 'ü😀', [195, 188], 'hi', 'ff01', 6, 'ab', true],
      ...['aGkh', 'hi!', { a: new Map([[1, [new Date(5)]]]) }, 'UTC', 0, undefined],
    ]);
  });

  it('explain why others are missing', async () => {
    const code = `export function f(n: number) { if (n === 0) fetch('x'); if (n === 1) setTimeout(() => {}, 1); if (n === 2) process.exit(0); }`;
    const { outcomes } = await runCode(code, { calls: [[0], [1], [2]] });
    const messages = outcomes.map((outcome) => (outcome.kind === 'threw' ? outcome.message : outcome.kind));
    const rest = 'was called; the function must use only its arguments and return its result';
    expect(messages).toEqual(['fetch', 'setTimeout', 'process.exit'].map((name) => `Error: ${name} ${rest}`));
  });

  it('let code import the domain, zod and files of its folder', async () => {
    const code = `import { z } from 'zod';
      import { MINUTE } from '#domain/core/time.ts';
      import { ClientEvent } from '#domain/events/client-and-stored-events.ts';
      export const f = (raw: unknown) => [z.number().safeParse(1).success, MINUTE, ClientEvent.safeParse(raw).success];`;
    expect(await resultOf(code, { calls: [[{}]], limits: LIMITS })).toEqual([true, 60_000, false]);
  });
});
