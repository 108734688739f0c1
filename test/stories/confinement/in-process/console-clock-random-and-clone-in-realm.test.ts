import { types } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { collectingConsole } from '../../../../stories/academy/confinement/function/inside/realm/console.ts';
import { forbiddenGlobals } from '../../../../stories/academy/confinement/function/inside/realm/define-globals-that-throw-explanations.ts';
import { structuredCloning } from '../../../../stories/academy/confinement/function/inside/realm/define-structured-clone-in-realm.ts';
import { impureReads } from '../../../../stories/academy/confinement/function/inside/realm/fake-clock-and-random-recording-first-read.ts';
import { withInstalled } from './with-replaced-globals.ts';

/** Returns the text that a function prints to the realm's console. */
const printedBy = (print: () => void, maxText = 1_000): string =>
  withInstalled(
    () => collectingConsole(maxText),
    ({ takePrinted }) => {
      print();
      return takePrinted();
    },
  );

describe('the console of the realm', () => {
  it('collects the arguments of each call as one line', () => {
    expect(
      printedBy(() => {
        console.log('a', 1, 2n, null, undefined);
        console.error(Symbol('s'));
      }),
    ).toBe('a 1 2n null undefined\nSymbol(s)\n');
  });

  it.each([
    ['an array', [1, 'x', [true]], "[1, 'x', [true]]"],
    ['an object', { a: { b: 1 }, [Symbol('s')]: 2 }, '{ a: { b: 1 }, Symbol(s): 2 }'],
    ['an empty object', {}, '{}'],
    ['a set', new Set([1, 'x']), "Set(2) {1, 'x'}"],
    ['a map', new Map([['k', { v: 1 }]]), "Map(1) {'k' => { v: 1 }}"],
    ['a function', () => 1, '[Function]'],
    ['a regular expression', /a+/g, '/a+/g'],
    ['more than four levels', [[[[[[1]]]]]], '[[[[[…]]]]]'],
  ])('shows %s', (_, value, text) => {
    expect(printedBy(() => console.info(value))).toBe(`${text}\n`);
  });

  it('shows an error with its stack, and a date', () => {
    const error = Object.assign(new RangeError('too far'), { stack: 'RangeError: too far\n    at f' });
    expect(printedBy(() => console.warn(error, new Date(Number.NaN)))).toBe(`${error.stack} Invalid Date\n`);
  });

  it('cuts output that exceeds the limit', () => {
    expect(
      printedBy(() => {
        for (const text of ['12345', '67890', 'more']) console.log(text);
      }, 8),
    ).toBe('12345\n6…');
  });
});

describe('the clock and the random numbers of the realm', () => {
  const CLOCK = Date.UTC(2026, 5, 1);
  const installed = <Result>(use: (takeRead: ReturnType<typeof impureReads>['takeRead']) => Result, seed = 1): Result =>
    withInstalled(
      () => impureReads(CLOCK, seed),
      ({ takeRead }) => use(takeRead),
    );

  it.each([
    ['Date.now', () => Date.now()],
    ['a new date', () => Date.parse(new Date().toISOString())],
    ['a date as text', () => Date.parse(Date()) + 999],
    ['performance', () => CLOCK + performance.now()],
  ])('show the set time: %s', (_, read) => {
    const [time, { of, stack }] = installed((takeRead) => [read(), takeRead()] as const);
    expect(time).toBeGreaterThanOrEqual(CLOCK);
    expect(time).toBeLessThan(CLOCK + 60_000);
    expect(of).toBe('clock');
    expect(stack).toContain('console-clock-random-and-clone-in-realm.test.ts');
  });

  it('do not count dates that are computed from arguments', () => {
    class Birthday extends Date {}
    const reads = installed((takeRead) => {
      const dates = [new Date(5), new Date(2026, 1, 2), new Birthday(7)];
      return [dates[0]?.getTime(), dates[2] instanceof Birthday, dates[1]?.constructor === Date, takeRead().of];
    });
    expect(reads).toEqual([5, true, true, '']);
  });

  it('are the same with the same seed, and count as read', () => {
    const draw = (seed: number) =>
      installed((takeRead) => [[Math.random(), Math.random(), crypto.randomUUID()], takeRead().of] as const, seed);
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
    const [[first, second, id], of] = draw(3);
    for (const each of [first, second]) expect(each).toSatisfy((number) => Number(number) >= 0 && Number(number) < 1);
    expect(first).not.toBe(second);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(of).toBe('random');
  });

  it('fill arrays', () => {
    const bytes = installed(() => crypto.getRandomValues(new Uint8Array(64)));
    expect(new Set(bytes).size).toBeGreaterThan(16);
  });

  it('report only the first read since the last question', () => {
    const reads = installed((takeRead) => {
      Math.random();
      Date.now();
      return [takeRead().of, takeRead().of];
    });
    expect(reads).toEqual(['random', '']);
  });
});

describe('what the realm does not have', () => {
  it.each([
    ['fetch', () => fetch('http://127.0.0.1')],
    ['WebSocket', () => new WebSocket('ws://127.0.0.1')],
    ['setTimeout', () => setTimeout(() => undefined, 1)],
    ['process.exit', () => process.exit(1)],
    ['process.getBuiltinModule', () => process.getBuiltinModule('fs')],
  ])('is explained: %s', (name, use) => {
    const message = `${name} was called; the function must use only its arguments and return its result`;
    withInstalled(forbiddenGlobals, () => expect(use).toThrow(message));
  });

  it('includes the environment and the arguments of the process', () => {
    withInstalled(forbiddenGlobals, () => {
      expect([process.env, process.argv, process.platform]).toEqual([{}, [], 'linux']);
      expect(() => Object.assign(process.env, { HOME: '/' })).toThrow(TypeError);
    });
  });

  it('does not include microtasks', async () => {
    const job = vi.fn();
    withInstalled(forbiddenGlobals, () => queueMicrotask(job));
    expect(job).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(job).toHaveBeenCalledExactlyOnceWith();
  });
});

describe('structuredClone of the realm', () => {
  const clone = withInstalled(structuredCloning, () => structuredClone);

  /** Describes a value's types, contents, hidden properties and shared objects, so that two values can be compared. */
  function described(value: unknown, seen = new Map<unknown, number>()): unknown {
    if (typeof value !== 'object' || value === null) return [typeof value, Object.is(value, -0) ? '-0' : value];
    const before = seen.get(value);
    if (before !== undefined) return `object ${before}`;
    seen.set(value, seen.size);
    const of = (item: unknown) => described(item, seen);
    const type = Object.getPrototypeOf(value).constructor.name as string;
    if (ArrayBuffer.isView(value)) return [type, value.byteOffset, value.byteLength, of(value.buffer)];
    if (value instanceof ArrayBuffer) return [type, value.maxByteLength, ...new Uint8Array(value)];
    if (value instanceof RegExp) return [type, String(value), value.lastIndex];
    if (value instanceof Map) return [type, ...[...value].map(([key, item]) => [of(key), of(item)])];
    if (value instanceof Set) return [type, ...[...value].map(of)];
    if (value instanceof Date) return [type, value.getTime()];
    if (types.isBoxedPrimitive(value)) return [type, of(value.valueOf())];
    const properties = Object.getOwnPropertyNames(value).sort();
    return [type, ...properties.map((name) => [name, of(Reflect.get(value, name))])];
  }

  const anything = fc.anything({
    ...{ withBigInt: true, withBoxedValues: true, withDate: true, withMap: true, withNullPrototype: true },
    ...{ withSet: true, withSparseArray: true, withTypedArray: true },
  });

  it('copies a value as Node does', () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(clone(value)).toStrictEqual(structuredClone(value));
        expect(described(clone(value))).toEqual(described(structuredClone(value)));
      }),
    );
  });

  /** Objects of each kind. Views and errors refer to other objects, which may also be part of the value. */
  const objects = fc.tuple(fc.array(anything), fc.uint8Array({ minLength: 8, maxLength: 16 })).map(([items, bytes]) => {
    const { buffer } = bytes.slice();
    const resizable = new ArrayBuffer(4, { maxByteLength: 9 });
    const named = Object.assign(new Error('named'), { name: 'RangeError', extra: 1 });
    return [
      ...[new Date(5), new Date(Number.NaN), /a+/giu, Object.assign(/b/g, { lastIndex: 3 }), buffer, resizable],
      ...[new DataView(buffer, 1, 3), new Uint8Array(buffer, 2, 4), new Float64Array(buffer, 0, 1)],
      ...[new DataView(resizable, 1, 2), new Uint16Array(3), new BigInt64Array(1), new Float16Array(2)],
      ...[new TypeError('wrong', { cause: buffer }), named, new AggregateError([1], 'many'), new Error()],
      ...[Object.assign([1], { length: 7, more: true }), Object.create(Date.prototype), Object.create(Map.prototype)],
      ...items,
    ];
  });

  it('copies the type of each object, and copies an object that occurs several times once', () => {
    const arrangements = objects.chain((all) => fc.tuple(fc.shuffledSubarray(all), fc.shuffledSubarray(all)));
    fc.assert(
      fc.property(arrangements, ([first, second]) => {
        const circle: unknown[] = [];
        const value = { first, map: new Map(second.map((item) => [item, first])), set: new Set(second), circle };
        circle.push(value, Object.assign(new Error('circle'), { cause: circle }));
        expect(described(clone(value))).toEqual(described(structuredClone(value)));
      }),
    );
  });

  it('copies a key that is called __proto__ as a key', () => {
    const value = JSON.parse('{"__proto__":{"admin":true},"n":1}') as object;
    const copy = clone(value);
    expect(Object.keys(copy)).toEqual(['__proto__', 'n']);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect('admin' in copy).toBe(false);
    expect(Object.keys(structuredClone(value))).toEqual(Object.keys(copy));
  });

  it('shares no object with its argument', () => {
    const value = { shared: { n: 1 }, bytes: Uint8Array.of(1, 2), pattern: /a/g, at: new Date(5) };
    const copy = clone(value);
    value.bytes[0] = 9;
    value.at.setTime(6);
    value.shared.n = 2;
    expect(copy).toEqual({ shared: { n: 1 }, bytes: Uint8Array.of(1, 2), pattern: /a/g, at: new Date(5) });
    expect(copy.pattern).not.toBe(value.pattern);
  });

  it('reads getters as Node does, also those that change the object', () => {
    const changing = () => ({
      get a() {
        Reflect.deleteProperty(this, 'b');
        return 1;
      },
      b: 2,
    });
    expect(clone(changing())).toEqual(structuredClone(changing()));
  });

  it.each<[string, () => unknown]>([
    ['a function', () => () => 1],
    ['a symbol', () => ({ key: Symbol('s') })],
    ['a symbol as an object', () => Object(Symbol('s'))],
    ['a promise', () => Promise.resolve(1)],
    ['a weak map', () => [new WeakMap()]],
    ['a weak set', () => new WeakSet()],
    ['a weak reference', () => new WeakRef({})],
    ['a generator', () => (function* () {})()],
    ['an iterator', () => new Map().entries()],
    [
      'arguments',
      () =>
        (function (..._: unknown[]) {
          // biome-ignore lint/complexity/noArguments: only `arguments` has this type
          return arguments;
        })(1),
    ],
    ['a formatter', () => new Intl.NumberFormat()],
  ])('rejects %s, as Node does', (_, value) => {
    expect(() => structuredClone(value())).toThrow('could not be cloned');
    expect(() => clone(value())).toThrow(/^.+ cannot be cloned$/);
  });

  it('rejects a missing value, and a transfer, which it does not support', () => {
    const cloneAll = clone as (...given: unknown[]) => unknown;
    const buffer = new ArrayBuffer(1);
    expect(() => cloneAll()).toThrow('structuredClone needs a value');
    expect(() => cloneAll(buffer, { transfer: [buffer] })).toThrow('structuredClone cannot transfer objects here');
    expect([cloneAll(1, undefined), cloneAll(1, {}), cloneAll(1, { transfer: [] })]).toEqual([1, 1, 1]);
  });
});
