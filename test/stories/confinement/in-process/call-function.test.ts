import { describe, expect, it } from 'vitest';
import { encodeArguments, helper, once } from '../../../../stories/academy/confinement/function/encode-arguments.ts';
import { callFunction } from '../../../../stories/academy/confinement/function/inside/call-function.ts';
import { loadCode } from '../../../../stories/academy/confinement/function/inside/load-code.ts';
import type { CallRequest, LoadRequest } from '../../../../stories/academy/confinement/function/message-types.ts';
import { decode } from '../../../../stories/academy/confinement/function/values/decode.ts';
import { builtinsOf } from '../../../../stories/academy/confinement/function/values/wire-type-and-realm-builtins.ts';

const LIMITS = { load: 2_000, call: 1_000, resultCharacters: 200 };
const CLOCK = Date.UTC(2026, 5, 1);

const load = (code: string, helpers?: string, limits = LIMITS) => {
  const setup: Omit<LoadRequest, 'script' | 'helpers'> = {
    kind: 'load',
    token: 'token',
    name: 'f',
    clock: CLOCK,
    seed: 1,
    limits,
  };
  const step = helpers === undefined ? undefined : { code: helpers, fileName: 'step-code' };
  return loadCode({ ...setup, script: { code, fileName: 'learner-code' }, ...(step ? { helpers: step } : {}) });
};

interface CallOptions extends Partial<Pick<CallRequest, 'through' | 'awaits'>> {
  readonly helpers?: string;
  readonly limits?: typeof LIMITS;
}

/** Loads code and calls its function `f` once. */
async function call(code: string, args: readonly unknown[] = [], { helpers, limits, ...options }: CallOptions = {}) {
  const loaded = load(code, helpers);
  if ('kind' in loaded) throw new Error(`the code could not be loaded: ${JSON.stringify(loaded)}`);
  const request = { kind: 'call', args: encodeArguments(args), awaits: false, ...options } as const;
  return await callFunction(loaded, request, limits ?? LIMITS);
}

describe('code that cannot be loaded', () => {
  it.each([
    ['exports.g = () => 1;', { kind: 'missing-export', exported: ['g'] }],
    ['exports.f = null;', { kind: 'not-a-function', type: 'null' }],
    ['exports.f = 1;', { kind: 'not-a-function', type: 'number' }],
    ['module.exports = new Proxy({}, {});', { kind: 'missing-export', exported: [] }],
    ['const = 1;', { kind: 'load', message: expect.stringMatching(/^SyntaxError: /) }],
    ['require("node:fs");', { kind: 'import', specifier: 'node:fs' }],
    [
      'throw Object.assign(new TypeError("no"), { code: "NO" });',
      { kind: 'load', message: 'TypeError: no', code: 'NO' },
    ],
    ['throw 1;', { kind: 'load', message: '1' }],
  ])('is explained: %s', (code, failure) => {
    expect(load(code)).toMatchObject(failure);
  });

  it('is stopped', () => {
    const limits = { ...LIMITS, load: 100 };
    expect(load('for (;;);', undefined, limits)).toMatchObject({ kind: 'hang', milliseconds: 100 });
    expect(load('exports.f = () => 1;', 'for (;;);', limits)).toMatchObject({ kind: 'hang', milliseconds: 100 });
  });
});

describe('a call', () => {
  it('returns an encoded value, and reports changed arguments', async () => {
    const outcome = await call('exports.f = (list) => { list.push(3); return new Map([["sum", list]]); };', [[1, 2]]);
    expect(outcome).toMatchObject({ kind: 'value', inputChanged: true, helperCalls: [] });
    expect(outcome).not.toHaveProperty('read');
    const value = outcome.kind === 'value' ? decode(outcome.value, builtinsOf(globalThis)) : undefined;
    expect(value).toEqual(new Map([['sum', [1, 2, 3]]]));
  });

  it('reports the first read of the clock or a random number', async () => {
    const outcome = await call('exports.f = () => Math.random() + Date.now();');
    expect(outcome).toMatchObject({ kind: 'value', inputChanged: false, read: { of: 'random' } });
    const read = outcome.kind === 'value' ? outcome.read : undefined;
    expect(read?.stack).toContain('learner-code:1');
  });

  it('receives helpers, whose calls are recorded, and iterators, which can be read once', async () => {
    const helpers = 'exports.double = (n) => 2 * n;';
    const code = 'exports.f = (numbers, double) => [[...numbers].map((n) => double(n)), [...numbers]];';
    const outcome = await call(code, [once([1, 2]), helper('double')], { helpers });
    expect(outcome).toMatchObject({
      kind: 'value',
      helperCalls: [
        { helper: 'double', args: [1] },
        { helper: 'double', args: [2] },
      ],
    });
    const value = outcome.kind === 'value' ? decode(outcome.value, builtinsOf(globalThis)) : undefined;
    expect(value).toEqual([[2, 4], []]);
  });

  it('can go through a helper, which calls the function', async () => {
    const helpers = 'exports.twice = (f, n) => f(f(n));';
    const outcome = await call('exports.f = (n) => n + 1;', [1], { helpers, through: 'twice' });
    expect(outcome).toMatchObject({ kind: 'value', value: 3 });
  });

  it('receives no helper that the step does not have', async () => {
    await expect(call('exports.f = () => 1;', [helper('missing')])).rejects.toThrow('unknown argument: helper missing');
  });

  it('awaits a promise only if the step does', async () => {
    const code = 'exports.f = async (n) => { if (n === 0) throw new Error("no"); return n; };';
    expect(await call('exports.f = async () => 1;')).toEqual({ kind: 'promise' });
    expect(await call(code, [5], { awaits: true })).toMatchObject({ kind: 'value', value: 5 });
    expect(await call(code, [0], { awaits: true })).toMatchObject({ kind: 'threw', message: 'Error: no' });
    expect(await call('exports.f = () => new Promise(() => {});', [], { awaits: true })).toEqual({
      kind: 'unusable',
      described: 'a promise that is never settled',
    });
  });

  it('is stopped at its limit', async () => {
    const limits = { ...LIMITS, call: 100 };
    const outcome = await call('exports.f = () => { for (;;); };', [], { limits });
    expect(outcome).toMatchObject({ kind: 'hang', milliseconds: 100 });
  });

  it('describes an error, and a result that is too large', async () => {
    expect(await call('exports.f = () => { throw new RangeError("far"); };')).toMatchObject({
      kind: 'threw',
      message: 'RangeError: far',
      stack: expect.stringContaining('learner-code:1'),
    });
    expect(await call('exports.f = () => "x".repeat(1000);')).toEqual({
      kind: 'unusable',
      described: 'a result of more than 200 characters',
    });
  });
});
