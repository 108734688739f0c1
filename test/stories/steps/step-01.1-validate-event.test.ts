import { globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hintsOf } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { runChecks } from '../../../stories/academy/judging/run-checkpoint-on-file.ts';
import { mutantsOf } from '../../../stories/academy/proof/read-mutants-and-variants.ts';
import { checkExamples } from '../../../stories/academy/runners/check-learners-examples-against-mutants.ts';
import type { FunctionCheckpoint } from '../../../stories/academy/runners/pure-function-checkpoint.ts';
import { examples } from '../../../stories/movie-recommender/01-data-collection/01-validate-events/check.ts';
import { codeOf, firstStep, learner } from '../learner-workspace.ts';

const SEED = 7;
const step = await firstStep();
const { checks } = step.checkpoint as FunctionCheckpoint;
const mutants = mutantsOf(step);
const WRONG_FILES = resolve('test/stories/wrong-files/01.1-validate-event');
/** First line of the solution's function. */
const FIRST_LINE = '  const parsed = ClientEvent.safeParse(raw, { reportInput: true });';

async function checked(code: string, seed = SEED) {
  using someone = learner();
  return await runChecks(step, someone.write(step, code), seed);
}

/** Checks a file of examples, with the mutants of the step. */
async function checkedExamples(code: string) {
  using someone = learner();
  const sourceOf = (program: string) => ({ code: program, folder: step.folder });
  const programs = {
    reference: sourceOf(codeOf(step, 'solution.ts')),
    mutants: mutants.map(({ name, program }) => ({ name, source: sourceOf(program) })),
  };
  return await checkExamples(examples, someone.write(step, code), programs, SEED);
}

/** Returns the starter of the examples with the given list. */
const examplesWith = (list: string) =>
  codeOf(step, 'examples.ts').replace(/\[\n[\s\S]*\n\];/, `[\n${list}\n];\nconst M = 60_000;`);

describe('step 01.1', () => {
  it('passes the solution with any seed', async () => {
    for (const seed of [0, 1, 2 ** 32 - 1]) {
      const { outcome, requirements } = await checked(codeOf(step, 'solution.ts'), seed);
      expect(requirements.filter(({ passed }) => !passed)).toEqual([]);
      expect(outcome).toBe('passed');
    }
  });

  it('fails the exercise, which has one TODO', async () => {
    const exercise = codeOf(step, 'exercise.ts');
    const { outcome, problem } = await checked(exercise);
    expect({ outcome, problem }).toEqual({ outcome: 'failed', problem: undefined });
    expect(exercise.match(/TODO/g)).toHaveLength(1);
  });

  it('has the code of production as its solution', () => {
    expect(codeOf(step, 'solution.ts')).toBe(readFileSync('functions/data-collection/validate-event.ts', 'utf8'));
  });

  it('has five mutants, each with a separate requirement', () => {
    expect(new Set(mutants.map(({ rejectedBy }) => rejectedBy)).size).toBe(5);
    expect(mutants).toHaveLength(5);
  });

  it('explains a failed check with input, expected result, actual result and reason', async () => {
    const mutant = mutants.find(({ name }) => name === 'no-clock-tolerance');
    const { requirements } = await checked(mutant?.program ?? '');
    expect(requirements.find(({ passed }) => !passed)?.failedCase).toEqual({
      input: 'a play that is 2 minutes ahead of our clock',
      expected: '{ ok: true, event } with the event unchanged',
      got: expect.stringContaining('from_the_future'),
      why: expect.stringContaining('No two clocks agree'),
    });
  });

  it('fails hard-coded results on generated events', async () => {
    const known = checks
      .requirements(SEED)
      .slice(0, -1)
      .flatMap(({ cases }) => cases);
    const inputs = known.map(({ args: [raw] }) => raw);
    const hardCoded = codeOf(step, 'solution.ts').replace(
      FIRST_LINE,
      `  const known: unknown[] = ${JSON.stringify(inputs)};
  if (!known.some((each) => JSON.stringify(each) === JSON.stringify(raw))) return { ok: true, event: raw as ClientEvent };
${FIRST_LINE}`,
    );
    const { requirements } = await checked(hardCoded);
    const failed = requirements.filter(({ passed }) => !passed).map(({ says }) => says);
    expect(failed).toEqual([expect.stringMatching(/^agrees with the reference/)]);
  });

  it('generates the same events from the same seed, and others from another seed', () => {
    const generated = (seed: number) =>
      checks
        .requirements(seed)
        .at(-1)
        ?.cases.map(({ args }) => args);
    expect(generated(SEED)).toEqual(generated(SEED));
    expect(generated(SEED)).not.toEqual(generated(SEED + 1));
  });

  it.each([
    [
      'takes 6 ms per event',
      'const end = performance.now() + 6; while (performance.now() < end);',
      /^validates a batch/,
    ],
    ['fails after 400 calls', 'if (++calls > 400) throw new Error("late");', /^agrees with the reference/],
    ['reads the clock', 'receivedAt = Date.now() - Date.now() + receivedAt;', /^depends only on its arguments/],
    ['reads a random number', 'if (Math.random() > 2) return undefined as any;', /^depends only on its arguments/],
    ['knows one time of receipt', 'receivedAt = Date.UTC(2026, 2, 1, 20, 0);', /^accepts a valid event/],
  ])('fails a solution that %s', { timeout: 120_000 }, async (_, line, says) => {
    const solution = codeOf(step, 'solution.ts');
    const changed = solution.replace(FIRST_LINE, `  ${line}\n${FIRST_LINE}`);
    expect(changed).not.toBe(solution);
    const { outcome, requirements } = await checked(`let calls = 0;\n${changed}`);
    expect(outcome).toBe('failed');
    const failed = requirements.filter(({ passed }) => !passed).map((each) => each.says);
    expect(failed).toContainEqual(expect.stringMatching(says));
  });

  it('stops a solution that takes 20 ms per event', { timeout: 120_000 }, async () => {
    const code =
      'export function validateEvent(raw: unknown) {\n  for (const end = Date.now() + 20; Date.now() < end; );\n  return { ok: true, event: raw };\n}';
    const { outcome, problem } = await checked(code);
    expect(outcome).toBe('failed');
    // On a busy machine, the run is repeated with more time, and then fails for its results.
    if (problem) expect(problem.what).toBe('all calls to your function together took too long');
  });

  it('explains one mistake once', async () => {
    const { requirements } = await checked('export function validateEvent() {\n  throw new Error("not yet");\n}');
    const failed = requirements.filter(({ passed }) => !passed);
    expect(failed.length).toBeGreaterThan(5);
    expect(failed.filter(({ failedCase }) => failedCase)).toHaveLength(1);
    expect(new Set(failed.slice(1).map(({ sameAs }) => sameAs))).toEqual(new Set([failed[0]?.says]));
  });

  it('has three hints', () => {
    const hints = hintsOf(step);
    expect(hints).toHaveLength(3);
    expect(hints.every((hint) => hint.length > 50)).toBe(true);
  });
});

describe('the examples of step 01.1', () => {
  it('begin with one that the reference agrees with, and that catches no mutant', async () => {
    const report = await checkedExamples(codeOf(step, 'examples.ts'));
    expect(report).toMatchObject({ outcome: 'failed', examples: 1, wrong: [], caught: [], mustCatch: 2 });
    expect(report.problem).toBeUndefined();
  });

  it.each([
    ['no-clock-tolerance', "{ says: 'fast clock', raw: play(receivedAt + M, receivedAt + M), accept: true }"],
    ['rejects-late-events', "{ says: 'a month', raw: play(receivedAt - 43_200 * M, receivedAt), accept: true }"],
    ['throws-on-invalid', "{ says: 'no event', raw: null, accept: false }"],
    ['tolerates-wrong-order', "{ says: 'wrong order', raw: play(receivedAt - M, receivedAt - 2 * M), accept: false }"],
    ['trusts-client-clocks', "{ says: '2038', raw: play(receivedAt + 1e9, receivedAt + 1e9), accept: false }"],
  ])('can catch %s', async (name, example) => {
    expect(await checkedExamples(examplesWith(example))).toMatchObject({ wrong: [], caught: [name] });
  });

  it('must follow the rules of the step', async () => {
    const late = "  { says: 'an old play', raw: play(receivedAt - 60 * M, receivedAt - 60 * M), accept: false },";
    const { outcome, wrong } = await checkedExamples(examplesWith(late));
    expect(outcome).toBe('failed');
    expect(wrong).toEqual([
      {
        what: "the example 'an old play' contradicts the rules of this step",
        why: expect.stringMatching(/^your example expects a rejection, but a correct function returns { ok: true/),
        fix: expect.any(String),
        line: 25,
      },
    ]);
  });

  it('name the error that the file throws', async () => {
    const { problem } = await checkedExamples(examplesWith('undeclared,'));
    expect(problem).toEqual({
      what: 'the function examples threw an error: ReferenceError: undeclared is not defined',
      why: expect.any(String),
      fix: expect.stringMatching(/^Fix this line/),
      line: 25,
    });
  });

  it.each([
    ['{ raw: null, accept: false }', /its field says must be a string/],
    ["{ says: 'nothing', accept: false }", /'nothing' has no field raw/],
    ["{ says: 'both', raw: null }", /'both' needs the field accept/],
  ])('must be complete: %s', async (example, why) => {
    const { outcome, problem } = await checkedExamples(examplesWith(example));
    expect({ outcome, problem }).toMatchObject({ outcome: 'failed', problem: { why: expect.stringMatching(why) } });
  });
});

/** What learners read first about each wrong file. */
const MESSAGES: Readonly<Record<string, RegExp>> = {
  'adds-a-field': /accepts a valid event unchanged.*added the field ingestedAt/,
  'async-function': /accepts a valid event unchanged.*a JavaScript Promise.*without async \(validate-event\.ts:15\)/,
  'accepts-sent-time-in-the-future': /rejects an event from the future.*sent next week.*from_the_future/,
  'compares-with-date-now': /^depends only on its arguments.*read the clock \(validate-event\.ts:19\)/,
  'returns-nothing-for-valid-event': /accepts a valid event unchanged.*got undefined.*ends without returning/,
  'imports-a-library': /validate-event\.ts:1: your file imports 'date-fns'.*Remove the import/,
  'missing-brace': /validate-event\.ts:\d+: SyntaxError.*brace/,
  'misspelt-field': /rejects an event from the future.*whose clock says 2038.*ok: true/,
  'one-misspelt-time':
    /^rejects an event from the future: a play whose occurredAt is 1 hour ahead.*Each of the two times/,
  'own-error-codes': /never throws.*'invalid_event'.*'schema_error'.*Programs read the code/,
  'reads-the-clock': /^depends only on its arguments.*read the clock \(validate-event\.ts:19\)/,
  'rejects-at-limit': /tolerates clocks up to five minutes fast.*exactly 5 minutes.*from_the_future/,
  'rules-in-another-order': /rejects an event from the future.*both rules are broken.*'occurred_after_sent'/,
  'without-export': /validate-event\.ts:15: your file exports no function named validateEvent/,
};

describe('a wrong file of step 01.1', () => {
  it('has a message', () => {
    const files = globSync('*.ts', { cwd: WRONG_FILES }).map((file) => basename(file, '.ts'));
    expect(files.sort()).toEqual(Object.keys(MESSAGES).sort());
  });

  it.each(Object.entries(MESSAGES))('%s is explained', async (name, message) => {
    const { outcome, requirements, problem } = await checked(readFileSync(join(WRONG_FILES, `${name}.ts`), 'utf8'));
    expect(outcome).toBe('failed');
    const shown = problem
      ? `validate-event.ts:${problem.line}: ${problem.what}: ${problem.why}. ${problem.fix}`
      : requirements
          .filter(({ failedCase }) => failedCase)
          .map(({ says, failedCase: f }) => `${says}: ${f?.input}, expected ${f?.expected}, got ${f?.got}. ${f?.why}`)
          .join(' | ');
    expect(shown).toMatch(message);
  });
});
