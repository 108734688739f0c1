import { describe, expect, it } from 'vitest';
import type { FrontMatter } from '../../../stories/academy/catalogue/front-matter.ts';
import { allSteps, programOf } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { syntaxComments } from '../../../stories/academy/mentor/syntax/collect-syntax-comments.ts';
import { variantsOf } from '../../../stories/academy/proof/read-mutants-and-variants.ts';

type Runner = FrontMatter['seams'][number]['runner'];

/** Returns the comments on a program as "line rule". */
async function found(runner: Runner, ...lines: string[]): Promise<string[]> {
  const comments = await syntaxComments({ seams: [{ name: 'x', file: 'x', runner }] }, lines.join('\n'));
  for (const { says } of comments) expect(says).toMatch(/^.{30,160}\.$/);
  return comments.map(({ line, rule }) => `${line} ${rule}`);
}

describe('the comments on a TypeScript program', () => {
  it('name a clock and randomness in a pure function, and in no other one', async () => {
    const lines = [
      'export const f = (a: number) =>',
      '  Date.now() + +new Date() +',
      '  Math.random() + +new Date(a);',
    ];
    expect(await found('function', ...lines)).toEqual([
      '2 a clock in a pure function',
      '2 a clock in a pure function',
      '3 randomness in a pure function',
    ]);
    expect(await found('ports', ...lines)).toEqual([]);
  });

  it.each([
    ['a.push(1);', true],
    ['a.b.c = 1;', true],
    ['delete a.b;', true],
    ['a[0]++;', true],
    ['c.sort();', true],
    ['d.e.reverse();', true],
    ['[...a].sort();', false],
    ['a.toSorted();', false],
    ['const own = []; own.push(1);', false],
    ['a.map((x) => x).sort();', false],
    ['a = 1;', false],
  ])('name a changed argument: %s', async (body, isChange) => {
    const comments = await found('function', 'export function f(a: any, { b: c = 1, ...d }: T): void {', body, '}');
    expect(comments).toEqual(isChange ? ['2 a changed argument'] : []);
  });

  it('name an empty catch, also with a comment in it', async () => {
    expect(await found('cdk', 'try { f(); } catch {', '// ignored', '}')).toEqual(['1 empty catch']);
    expect(await found('cdk', 'try { f(); } catch (e) { log(e); }')).toEqual([]);
  });

  it.each([
    ['for (const x of all) await f(x);', true],
    ['while (more) { await f(); }', true],
    ['for (const x of await f()) g(x);', false],
    ['all.map(async (x) => await f(x));', false],
    ['for (const x of all) run(async () => await f(x));', false],
    ['for await (const x of all) g(x);', false],
  ])('name an await in a loop: %s', async (body, isFound) => {
    expect(await found('ports', 'export async function f(all) {', body, '}')).toEqual(
      isFound ? ['2 await in a loop'] : [],
    );
  });

  it('name a mark before the append', async () => {
    const [mark, append] = ['await ids.putMany(a);', 'await log.append(b);'];
    const f = (...body: string[]) => found('ports', 'export async function f(a, ids, log) {', ...body, '}');
    expect(await f(mark, append)).toEqual(['2 marking before appending']);
    expect(await f(append, mark)).toEqual([]);
    expect(await f(append)).toEqual([]);
    expect(await f('const mark = () => ids.putMany(a);', append, 'await mark();')).toEqual([]);
  });
});

describe('the comments on a query', () => {
  it.each([
    ['SELECT row_number() OVER (PARTITION BY a) FROM t', true],
    ['SELECT row_number() OVER (PARTITION BY a ORDER BY b) FROM t', false],
    ['SELECT first(a) FROM t', true],
    ['SELECT first(a ORDER BY b) FROM t', false],
    ['SELECT arg_max(a, b) FROM t', false],
    ['SELECT a FROM t LIMIT 1', true],
    ['SELECT a FROM t ORDER BY a LIMIT 1', false],
    ['SELECT sum(a) OVER (PARTITION BY b) FROM t', false],
  ])('name a missing ORDER BY: %s', async (query, isFound) => {
    expect(await found('sql', `-- ümlaut`, query)).toEqual(isFound ? ['2 a missing ORDER BY'] : []);
  });

  it('name a clock and randomness', async () => {
    expect(await found('sql', 'SELECT', 'now(),', 'random()')).toEqual([
      '2 a clock in a query',
      '3 randomness in a query',
    ]);
  });
});

describe('the comments on a Python module', () => {
  it('name an empty except, a clock and randomness without a seed', async () => {
    const lines = ['try:', '  f()', 'except ValueError:', '  pass', 'a = time.time()', 'b = random.random()'];
    expect(await found('python', ...lines)).toEqual([
      '3 empty except',
      '5 a clock in a pure function',
      '6 randomness without a seed',
    ]);
    expect(await found('python', 'random = np.random.default_rng(1)', 'b = random.random()')).toEqual([]);
  });
});

describe('a program that cannot be parsed', () => {
  it.each([
    ['function', 'export function f( {'],
    ['function', '('.repeat(99_000)],
    ['ports', '['.repeat(200_000)],
    ['sql', 'SELECT FROM FROM'],
    ['sql', `SELECT ${'('.repeat(50_000)}`],
    ['python', 'def f(:'],
    ['python', `${'('.repeat(50_000)}`],
    ['asl', '{}'],
  ] as const)('has no comments, and ends no other process: %s', async (runner, program) => {
    expect(await found(runner, program)).toEqual([]);
  });
});

describe.each(allSteps())('a correct program of step $id', (step) => {
  it('has no comments', async () => {
    const programs = [programOf(step, 'solution'), ...variantsOf(step).values()];
    for (const program of programs) expect(await syntaxComments(step, program)).toEqual([]);
  });
});
