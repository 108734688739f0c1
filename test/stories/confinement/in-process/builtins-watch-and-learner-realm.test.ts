import { describe, expect, it } from 'vitest';
import { watchBuiltins } from '../../../../stories/academy/confinement/function/inside/builtins-watch.ts';
import { startSampling } from '../../../../stories/academy/confinement/function/inside/find-line-of-endless-loop.ts';
import { learnerRealm } from '../../../../stories/academy/confinement/function/inside/learner-realm.ts';

/** Returns a small realm, with a built-in object `Text` whose prototype has a method and a getter. */
const smallRealm = () => {
  const prototype = {
    upper: () => 'A',
    get size() {
      return 1;
    },
    [Symbol.iterator]: () => undefined,
  };
  return { Text: { prototype, from: () => '' } };
};
type SmallRealm = ReturnType<typeof smallRealm>;

describe('the watch over built-in objects', () => {
  it.each<[string, string, string, (realm: SmallRealm, hidden: Record<string, unknown>) => unknown]>([
    ['a method', 'Text.prototype', 'upper', ({ Text }) => Object.assign(Text.prototype, { upper: () => 'B' })],
    [
      'a getter',
      'Text.prototype',
      'size',
      ({ Text }) => Object.defineProperty(Text.prototype, 'size', { get: () => 2 }),
    ],
    [
      'a symbol',
      'Text.prototype',
      'Symbol(Symbol.iterator)',
      ({ Text }) => Reflect.deleteProperty(Text.prototype, Symbol.iterator),
    ],
    ['a missing property', 'Text', 'from', ({ Text }) => Reflect.deleteProperty(Text, 'from')],
    ['a new property', 'Text', 'more', ({ Text }) => Object.assign(Text, { more: 1 })],
    ['another prototype', 'Text', '__proto__', ({ Text }) => Object.setPrototypeOf(Text, null)],
    [
      'a property of a function',
      'Text.from',
      'name',
      ({ Text }) => Object.defineProperty(Text.from, 'name', { value: 'x' }),
    ],
    ['a global object', 'globalThis', 'Text', (realm) => Object.assign(realm, { Text: {} })],
    ['an object that no property leads to', 'Generator', 'next', (_, hidden) => Object.assign(hidden, { next: 1 })],
  ])('finds %s that was changed', (_, object, property, change) => {
    const [realm, hidden] = [smallRealm(), { next: () => 0 }];
    const changed = watchBuiltins(realm, { Generator: hidden });
    expect(changed()).toBeUndefined();
    change(realm, hidden);
    expect(changed()).toEqual({ object, property });
  });

  it('lets code define global variables', () => {
    const realm = smallRealm();
    const changed = watchBuiltins(realm, {});
    Object.assign(realm, { counter: 1 });
    expect(changed()).toBeUndefined();
  });

  it('runs no code of the realm', () => {
    const fail = (): never => expect.unreachable('code of the realm ran');
    const proxy = new Proxy({}, { ownKeys: fail, getOwnPropertyDescriptor: fail, getPrototypeOf: fail });
    const changed = watchBuiltins(
      {
        proxy,
        get value() {
          return fail();
        },
      },
      {},
    );
    expect(changed()).toBeUndefined();
  });
});

describe('a realm for a learner’s code', () => {
  const LIMIT_MS = 5_000;
  const CLOCK = Date.UTC(2026, 5, 1);

  /** Evaluates a file that exports the function `f`, and returns its realm and the function. */
  function loaded(code: string) {
    const realm = learnerRealm(CLOCK, 1);
    realm.load(realm.compile(code, 'code.js'));
    expect(realm.turn(LIMIT_MS)).toMatchObject({ kind: 'returned' });
    return { realm, f: (realm.value() as { f: () => unknown }).f };
  }

  it('calls its functions with built-in objects, a clock and a console of its own', () => {
    const { realm, f } = loaded('exports.f = () => { console.log("hi"); return [Date.now(), [] instanceof Array]; };');
    realm.call(f, []);
    expect(realm.turn(LIMIT_MS)).toMatchObject({ kind: 'returned' });
    const value = realm.value() as [number, boolean];
    expect(value).not.toBeInstanceOf(Array);
    expect(value[0]).toBeGreaterThanOrEqual(CLOCK);
    expect([realm.takePrinted(), realm.takeRead().of, realm.changedBuiltin()]).toEqual(['hi\n', 'clock', undefined]);
  });

  it('reports an error, a full stack and a changed built-in object', () => {
    const { realm, f } = loaded(`exports.f = (n) => {
      if (n === 0) throw Object.assign(new RangeError('too far'), { code: 'FAR' });
      if (n === 1) return exports.f(1) + 1;
      Array.prototype.map = () => [];
    };`);
    const endOf = (n: number) => {
      realm.call(f, [n]);
      return realm.turn(LIMIT_MS);
    };
    expect(endOf(0)).toMatchObject({ kind: 'threw', message: 'RangeError: too far', code: 'FAR' });
    expect(endOf(1)).toMatchObject({ kind: 'threw', message: 'RangeError: Maximum call stack size exceeded' });
    expect(realm.changedBuiltin()).toBeUndefined();
    expect(endOf(2)).toMatchObject({ kind: 'returned' });
    expect(realm.changedBuiltin()).toEqual({ object: 'Array.prototype', property: 'map' });
  });

  it('interrupts an endless loop, and names its line', () => {
    const { realm, f } = loaded('exports.f = () => {\n  let n = 0;\n  for (;;) n = (n + 1) % 7;\n};');
    const sampling = startSampling();
    realm.call(f, []);
    expect(realm.turn(300)).toMatchObject({ kind: 'interrupted' });
    expect(sampling.hotLine('code.js')).toMatch(/^ {4}at code\.js:[234]:1$/);
  });

  it('names no line of code that did not run', () => {
    expect(startSampling().hotLine('other.js')).toBeUndefined();
  });

  it('cannot compile code that is not valid, or run strings as code', () => {
    const realm = learnerRealm(CLOCK, 1);
    expect(() => realm.compile('const = 1;', 'code.js')).toThrow(SyntaxError);
    const { realm: other, f } = loaded('exports.f = () => eval("1 + 1");');
    other.call(f, []);
    expect(other.turn(LIMIT_MS)).toMatchObject({ kind: 'threw', message: expect.stringMatching(/^EvalError/) });
  });
});
