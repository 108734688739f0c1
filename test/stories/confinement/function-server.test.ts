import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchRun } from '../../../stories/academy/confinement/function-server/decode-batch-outcomes.ts';
import {
  type RunningFunction,
  SERVING_LIMITS,
  startFunction,
} from '../../../stories/academy/confinement/function-server/start-function.ts';
import { allLevels } from './find-available-levels.ts';
import { learnerFolder } from './run-learner-code.ts';

const LIMITS = { ...SERVING_LIMITS, call: 300, load: 1_000 };
const WITHIN = { milliseconds: 5_000 };

async function started(code: string, limits: Partial<typeof LIMITS> = {}): Promise<RunningFunction> {
  using learner = learnerFolder(code);
  const result = await startFunction({ file: learner.file, name: 'f' }, { ...LIMITS, ...limits });
  if ('kind' in result) throw new Error(JSON.stringify(result));
  return result;
}

const kindsOf = ({ outcomes }: BatchRun): string[] =>
  outcomes.map((outcome) => (outcome.kind === 'unfinished' ? `unfinished, ${outcome.cause}` : outcome.kind));
const numbers = (count: number) => Array.from({ length: count }, (_, n) => [n]);
/** Code that executes `what` for the argument 2, and returns all other arguments. */
const atTwo = (what: string) => `const log: unknown[] = [];
  export function f(n: any): unknown { if (n === 2) { ${what} } return n; }`;

describe('a function that keeps running', () => {
  it('returns one outcome per call, in order, for any values and batch sizes', async () => {
    using f = await started('export const f = (...args: unknown[]) => args;');
    const calls = fc.array(fc.array(fc.jsonValue(), { maxLength: 3 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(calls, fc.boolean(), async (batch, singly) => {
        const { outcomes, ending } = await f.call(batch, { ...WITHIN, singly });
        expect(ending).toBeUndefined();
        expect(outcomes).toStrictEqual(batch.map((value) => ({ kind: 'returned', value })));
      }),
      { numRuns: 30 },
    );
  });

  it('keeps its process and its variables between batches, and runs concurrent batches one after another', async () => {
    using f = await started('let calls = 0; export const f = () => ++calls;');
    const runs = await Promise.all([f.call([[], []], WITHIN), f.call([[]], WITHIN), f.call([], WITHIN)]);
    const values = runs.flatMap(({ outcomes }) => outcomes).map((each) => each.kind === 'returned' && each.value);
    expect(values).toEqual([1, 2, 3]);
  });

  it.each([
    ['throws', "throw new Error('two');", 'threw'],
    ['throws a value that throws', 'throw { get message() { throw 1; } };', 'threw'],
    ['overflows the stack', 'const again = (): number => again() + 1; again();', 'threw'],
    ['returns a promise', 'return Promise.resolve(1);', 'promise'],
    ['returns a rejected promise', 'return Promise.reject(new Error("no"));', 'promise'],
    ['leaves a rejected promise', 'void Promise.reject(new Error("no"));', 'threw'],
    ['exits', 'process.exit(1);', 'threw'],
    ['returns a huge value', "return 'x'.repeat(1e6);", 'unusable'],
  ])('affects only its own call if it %s', async (_, what, kind) => {
    using f = await started(atTwo(what));
    for (let batch = 0; batch < 2; batch++) {
      const run = await f.call(numbers(5), WITHIN);
      expect(kindsOf(run)).toEqual(['returned', 'returned', kind, 'returned', 'returned']);
      expect(run.ending).toBeUndefined();
    }
  });

  it('returns undefined, getters and proxies without running their code', async () => {
    using f = await started(
      atTwo(
        'return new Proxy({}, {}); } if (n === 3) { return { get a() { for (;;); } }; } if (n === 4) { return undefined;',
      ),
    );
    const { outcomes } = await f.call(numbers(5), WITHIN);
    expect(outcomes.slice(2)).toMatchObject([
      { kind: 'returned', value: { description: 'a Proxy' } },
      { kind: 'returned', value: { a: { description: 'a getter' } } },
      { kind: 'returned', value: undefined },
    ]);
  });

  it('ends at a call that hangs, and the next batch starts a new process', async () => {
    using f = await started(atTwo('for (;;);'));
    const run = await f.call(numbers(5), WITHIN);
    expect(kindsOf(run)).toEqual(['returned', 'returned', 'hang', 'unfinished, no', 'unfinished, no']);
    expect(run.ending).toMatchObject({ kind: 'hang', milliseconds: 300 });
    expect(kindsOf(await f.call(numbers(2), WITHIN))).toEqual(['returned', 'returned']);
  });

  it.each([
    ['leaves microtasks without end', 'const again = () => queueMicrotask(again); again();', 'hang'],
    ['prints without end', "for (;;) console.log('x'.repeat(1e5));", 'hang'],
    ['fills the memory', 'for (let i = 0; ; i++) log.push(new Array(1e6).fill({ i }));', 'killed', 4_000],
    ['changes a built-in object', '(Object.prototype as any).ok = true;', 'pollution'],
  ])(
    'ends its process if the code %s, and names the call when the calls run singly',
    async (_, what, kind, call = 300) => {
      using f = await started(atTwo(what), { call });
      const run = await f.call(numbers(5), WITHIN);
      expect(run.ending?.kind).toBe(kind);
      expect(run.outcomes).toHaveLength(5);
      const singly = await f.call(numbers(5), { ...WITHIN, singly: true });
      expect(kindsOf(singly).slice(0, 2)).toEqual(['returned', 'returned']);
      expect(kindsOf(singly)[2]).toMatch(/unfinished, yes|hang/);
      expect(kindsOf(singly)[4]).toBe('unfinished, no');
      expect(kindsOf(await f.call(numbers(2), WITHIN))).toEqual(['returned', 'returned']);
    },
  );

  it('ends its process at the limit of a batch', async () => {
    using f = await started('export function f(): void { const until = Date.now() + 20; while (Date.now() < until); }');
    const startedAt = performance.now();
    const run = await f.call(numbers(500), { milliseconds: 700 });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(run.ending).toEqual({ kind: 'killed', why: 'time' });
    expect(kindsOf(run)[0]).toBe('returned');
    expect(kindsOf(run).at(-1)).toBe('unfinished, maybe');
  });

  it('ends its process if the results of a batch are larger than the limit', async () => {
    using f = await started("export const f = () => 'x'.repeat(50_000);", { resultBytes: 500_000 });
    for (let batch = 0; batch < 5; batch++) expect((await f.call(numbers(5), WITHIN)).ending).toBeUndefined();
    expect((await f.call(numbers(50), WITHIN)).ending).toEqual({ kind: 'killed', why: 'output' });
  });

  it.each(allLevels)('runs, and starts again after a hang, at the level $mechanism', async (level) => {
    using learner = learnerFolder(atTwo('for (;;);'));
    const f = await startFunction({ file: learner.file, name: 'f' }, LIMITS, Promise.resolve(level));
    expect(f).not.toHaveProperty('kind');
    using running = f as RunningFunction;
    for (let batch = 0; batch < 2; batch++) {
      expect(kindsOf(await running.call(numbers(3), WITHIN))).toEqual(['returned', 'returned', 'hang']);
    }
  });

  it('runs the file as it was at the start', async () => {
    using learner = learnerFolder('export const f = () => 1;');
    const f = await startFunction({ file: learner.file, name: 'f' }, LIMITS);
    expect(f).not.toHaveProperty('kind');
    using running = f as RunningFunction;
    learner[Symbol.dispose]();
    expect(await running.call([[]], WITHIN)).toMatchObject({ outcomes: [{ kind: 'returned', value: 1 }] });
  });

  it('leaves no process after it was disposed', async () => {
    const f = await started(atTwo('for (;;);'), { call: 60_000 });
    const run = f.call(numbers(5), { milliseconds: 60_000 });
    setTimeout(() => f[Symbol.dispose](), 200);
    expect((await run).ending).toEqual({ kind: 'killed', why: 'stopped' });
    expect((await f.call(numbers(1), WITHIN)).ending).toBeDefined();
  });

  it.each([
    ['lacks the function', 'export const g = 1;', 'missing-export'],
    ['throws', "throw new Error('no');", 'load'],
    ['hangs', 'for (;;);', 'hang'],
    ['is not TypeScript', 'const = 1;', 'load'],
    ['imports node:fs', "import 'node:fs';", 'import'],
  ])('does not start from a file that %s', async (_, code, kind) => {
    using learner = learnerFolder(code);
    expect(await startFunction({ file: learner.file, name: 'f' }, LIMITS)).toMatchObject({ kind });
  });
});
