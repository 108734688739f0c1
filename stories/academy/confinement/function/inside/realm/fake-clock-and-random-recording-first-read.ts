/** The first read of the clock or of a random number. `of` is empty if there was none. */
export interface FirstRead {
  readonly of: '' | 'clock' | 'random';
  readonly stack: string;
}

/**
 * Replaces the clock and the random numbers of the learner's realm, and records the first read of either. This function
 * is evaluated in that realm, like turns().
 *
 * @param clock start time of the realm's clock, UTC epoch milliseconds. From then on it runs normally.
 * @param seed of the random numbers
 */
export function impureReads(clock: number, seed: number): { takeRead(): FirstRead } {
  const { construct, defineProperty } = Reflect;
  const { imul, floor } = Math;
  const toText = String;
  const TheError = Error;
  const RealDate = Date;
  const realNow = Date.now;
  const startedAt = realNow();
  let first: FirstRead = { of: '', stack: '' };
  let state = seed;

  const record = (of: 'clock' | 'random'): void => {
    if (first.of === '') first = { of, stack: toText(new TheError().stack) };
  };
  const now = (): number => {
    record('clock');
    return clock + realNow() - startedAt;
  };
  const random = (): number => {
    record('random');
    // Source: mulberry32 by Tommy Ettinger, public domain
    state = (state + 0x6d2b79f5) | 0;
    let bits = imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  const define = (name: string, value: unknown): void => {
    defineProperty(globalThis, name, {
      __proto__: null,
      value,
      writable: true,
      configurable: true,
    } as PropertyDescriptor);
  };

  const ClockDate: DateConstructor = new Proxy(RealDate, {
    apply: () => toText(construct(RealDate, [now()])),
    construct: (_, args, target) =>
      construct(RealDate, args.length === 0 ? [now()] : args, target === ClockDate ? RealDate : target) as object,
  });
  RealDate.now = now;
  RealDate.prototype.constructor = ClockDate;
  Math.random = random;
  define('Date', ClockDate);
  define('performance', Object.freeze({ now: () => now() - clock, timeOrigin: clock }));

  const hex = (digits: number): string => {
    let text = '';
    for (let i = 0; i < digits; i++) text += '0123456789abcdef'[floor(random() * 16)];
    return text;
  };
  define(
    'crypto',
    Object.freeze({
      randomUUID: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
      getRandomValues: (array: Uint8Array) => {
        for (let i = 0; i < array.length; i++) array[i] = floor(random() * 2 ** 32);
        return array;
      },
    }),
  );
  return {
    takeRead: () => {
      const read = first;
      first = { of: '', stack: '' };
      return read;
    },
  };
}
