import { describe, expect, it } from 'vitest';
import type { Case } from '../../../stories/academy/judging/function-check-types.ts';
import {
  checkExamples,
  type ExampleChecks,
  type Program,
} from '../../../stories/academy/runners/check-learners-examples-against-mutants.ts';
import { learnerFolder } from '../confinement/run-learner-code.ts';

const FACTOR = 2;
const SEED = 3;

/** A step whose function multiplies by a factor, which is also the argument of `examples`. */
const multiply: ExampleChecks = {
  seam: 'multiply',
  argsOf: () => [FACTOR],
  caseOf: (example, args) => {
    const { says, x, result } = (example ?? {}) as Record<string, unknown>;
    if (typeof x !== 'number') return 'its field x must be a number';
    const mismatch = (value: unknown) => (value === result ? undefined : { expected: String(result) });
    return { args: [x, ...args], input: String(says), expected: String(result), mismatch } satisfies Case;
  },
  mustCatch: 2,
};

const program = (body: string) => ({
  code: `export function multiply(x: number, factor: number): number { ${body} }`,
  folder: import.meta.dirname,
});
const reference = program('return x * factor;');
const mutant = (name: string, body: string): Program => ({ name, source: program(body) });
const MUTANTS = [
  mutant('adds', 'return x + factor;'),
  mutant('squares', 'return x ** factor;'),
  mutant('throws for negative numbers', 'if (x < 0) throw new Error("negative"); return x * factor;'),
];

async function checked(code: string, mutants: readonly Program[] = MUTANTS) {
  using learner = learnerFolder(code);
  return await checkExamples(multiply, learner.file, { reference, mutants }, SEED);
}

/** Returns the file of a learner with this list, which may use `factor`. */
const fileWith = (list: string) => `export const examples = (factor: number) => ${list};\n`;

describe("the learner's examples", () => {
  it('pass if the reference agrees, and enough mutants do not', async () => {
    const report = await checked(fileWith("[{ says: 'three', x: 3, result: 3 * factor }]"));
    expect(report).toEqual({
      ...{ outcome: 'passed', examples: 1, wrong: [], mustCatch: 2 },
      ...{ caught: ['adds', 'squares'], missed: ['throws for negative numbers'] },
    });
  });

  it('fail if they catch too few mutants, which they name', async () => {
    const report = await checked(fileWith("[{ says: 'two', x: 2, result: 4 }]"));
    expect(report).toMatchObject({ outcome: 'failed', wrong: [], caught: [] });
    expect(report.missed).toEqual(MUTANTS.map(({ name }) => name));
  });

  it('fail if the reference does not agree, with the line of the example; such an example catches nothing', async () => {
    const list = "[\n  { says: 'two', x: 2, result: 4 },\n  { says: 'three', x: 3, result: 7 },\n]";
    const { outcome, wrong, caught } = await checked(fileWith(list));
    expect({ outcome, caught }).toEqual({ outcome: 'failed', caught: [] });
    expect(wrong).toEqual([
      {
        what: "the example 'three' contradicts the rules of this step",
        why: 'your example expects 7, but a correct function returns 6',
        fix: expect.any(String),
        line: 3,
      },
    ]);
  });

  it('catch a mutant that throws, hangs, or fills the memory', async () => {
    const mutants = [
      mutant('throws', 'throw new Error("no");'),
      mutant('hangs', 'for (;;);'),
      mutant('is too large', 'const all = []; for (;;) all.push(new Array(1e6).fill(x));'),
    ];
    const { caught, missed } = await checked(fileWith("[{ says: 'two', x: 2, result: 4 }]"), mutants);
    expect({ caught, missed }).toEqual({ caught: ['throws', 'hangs', 'is too large'], missed: [] });
  });

  it('cannot be compared with a mutant that has no function, which is a mistake of the author', async () => {
    const broken = { name: 'broken', source: { code: 'export const other = 1;', folder: import.meta.dirname } };
    await expect(checked(fileWith("[{ says: 'two', x: 2, result: 4 }]"), [broken])).rejects.toThrow(/missing-export/);
  });

  it.each([
    ['is empty', '', /exports no function named examples/, undefined],
    ['exports a list', '\nexport const examples = [];', /examples as an object, not as a function/, 2],
    ['returns no list', fileWith('"three"'), /returned no list/, 1],
    ['returns an empty list', fileWith('[]'), /0 examples/, 1],
    ['returns too many', fileWith('Array.from({ length: 201 }, () => ({ x: 1 }))'), /201 examples/, 1],
    ['contains something else', fileWith("[{ says: 'two', x: 2, result: 4 }, null]"), /item 2 .* not an example/, 1],
    [
      'throws',
      `// examples\n${fileWith('missing.list')}`,
      /threw an error: ReferenceError: missing is not defined$/,
      2,
    ],
    ['is async', 'export async function examples() { return []; }', /returned no list/, 1],
    ['has a syntax error', 'const = 1;', /SyntaxError/, 1],
  ])('are explained if the file %s', async (_, code, what, line) => {
    const { outcome, problem, caught, examples } = await checked(code);
    expect({ outcome, caught, examples }).toEqual({ outcome: 'failed', caught: [], examples: 0 });
    expect(problem).toMatchObject({ what: expect.stringMatching(what), line });
    expect(problem?.why).not.toBe('');
    expect(problem?.fix).not.toBe('');
  });

  it.each([
    [
      'reads a file',
      "import { readFileSync } from 'node:fs';\nexport const examples = () => readFileSync('/etc/passwd');",
    ],
    ['imports the solution', "import '../solution.ts';\nexport const examples = () => [];"],
    ['loops forever', 'export function examples() { for (;;); }'],
    ['fills the memory', 'export function examples() { const a = []; for (;;) a.push(new Array(1e6).fill(a)); }'],
    ['ends the process', 'export function examples() { process.exit(0); }'],
    ['replaces a built-in', 'Array.isArray = () => true;\nexport const examples = () => [];'],
    [
      'claims success',
      "export const examples = () => ({ outcome: 'passed', caught: ['adds', 'squares'], length: 1 });",
    ],
  ])('cannot pass if the file %s', async (_, code) => {
    const { outcome, problem, caught } = await checked(code);
    expect({ outcome, caught }).toEqual({ outcome: 'failed', caught: [] });
    expect(problem?.what).toEqual(expect.any(String));
  });
});
