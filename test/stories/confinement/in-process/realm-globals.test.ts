import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { collectingConsole } from '../../../../stories/academy/confinement/function/inside/realm/console.ts';
import { forbiddenGlobals } from '../../../../stories/academy/confinement/function/inside/realm/forbidden-globals.ts';
import { impureReads } from '../../../../stories/academy/confinement/function/inside/realm/record-clock-and-random-reads.ts';
import { structuredCloning } from '../../../../stories/academy/confinement/function/inside/realm/structured-clone.ts';
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

  it('discards what exceeds the limit', () => {
    expect(
      printedBy(() => {
        for (const text of ['12345', '67890', 'more']) console.log(text);
      }, 8),
    ).toBe('12345\n67');
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
    expect(stack).toContain('realm-globals.test.ts');
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

  it('copies a value as Node does', () => {
    const anything = fc.anything({
      ...{ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true },
    });
    fc.assert(
      fc.property(anything, (value) => {
        expect(clone(value)).toStrictEqual(structuredClone(value));
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

  it('copies a circle, a shared object, a buffer and a regular expression', () => {
    const shared = { n: 1 };
    const value = { circle: [] as unknown[], pair: [shared, shared], bytes: Uint8Array.of(1, 2).buffer, pattern: /a/g };
    value.circle.push(value);
    const copy = clone(value);
    expect(copy).toEqual(value);
    expect(copy.circle[0]).toBe(copy);
    expect(copy.pair[0]).toBe(copy.pair[1]);
    expect([copy.pair[0] === shared, copy.bytes === value.bytes, copy.pattern === value.pattern]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it.each([[() => 1], [{ key: Symbol('s') }]])('rejects what cannot be copied: %s', (value) => {
    expect(() => clone(value)).toThrow('a function cannot be cloned');
  });
});
