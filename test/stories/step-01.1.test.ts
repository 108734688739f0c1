import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hintsOf } from '../../bin/story/find-step.ts';
import { runChecks } from '../../bin/story/run-checks.ts';
import { codeOf, firstStep, learner } from './learner-workspace.ts';

const SEED = 7;
const step = await firstStep();
const mutants = globSync('mutants/*.ts', { cwd: step.folder }).sort();

async function checked(code: string, seed = SEED) {
  using someone = learner();
  return await runChecks(step, someone.write(step, code), seed);
}

/** Returns the requirement that a mutant must fail first, as its first line says. */
const rejectedBy = (code: string) => /^\/\/ Rejected by: (.+)$/m.exec(code)?.[1];

describe('step 01.1', () => {
  it('passes the solution with any seed', async () => {
    for (const seed of [0, 1, 2 ** 32 - 1]) {
      const { passed, promises } = await checked(codeOf(step, 'solution.ts'), seed);
      expect(promises.filter(({ holds }) => !holds)).toEqual([]);
      expect(passed).toBe(true);
    }
  });

  it('fails the exercise, which has one TODO', async () => {
    const exercise = codeOf(step, 'exercise.ts');
    const { passed, problem } = await checked(exercise);
    expect({ passed, problem }).toEqual({ passed: false, problem: undefined });
    expect(exercise.match(/TODO/g)).toHaveLength(1);
  });

  it('has three mutants, each with a separate requirement', () => {
    const messages = mutants.map((name) => rejectedBy(codeOf(step, name)));
    expect(messages).toHaveLength(3);
    expect(new Set(messages).size).toBe(3);
    expect(messages).not.toContain(undefined);
  });

  it.each(mutants)('rejects %s, first by the requirement that it names', async (name) => {
    const code = codeOf(step, name);
    const { passed, promises } = await checked(code);
    expect(passed).toBe(false);
    expect(promises.find(({ holds }) => !holds)?.says).toBe(rejectedBy(code));
  });

  it('explains a failed check with input, expected result, actual result and reason', async () => {
    const { promises } = await checked(codeOf(step, 'mutants/forgives-no-clock.ts'));
    expect(promises.find(({ holds }) => !holds)?.broken).toEqual({
      input: 'a play that is 2 minutes ahead of our clock',
      expected: '{ ok: true, event } with the event unchanged',
      got: expect.stringContaining('from_the_future'),
      why: expect.stringContaining('No two clocks agree'),
    });
  });

  it('fails hard-coded results on generated events', async () => {
    const known = step
      .requirements(SEED)
      .slice(0, -1)
      .flatMap(({ cases }) => cases);
    const inputs = known.map(({ args: [raw] }) => raw);
    const hardCoded = codeOf(step, 'solution.ts').replace(
      '  const parsed = parse(raw);',
      `  const known: unknown[] = ${JSON.stringify(inputs)};
  if (!known.some((each) => JSON.stringify(each) === JSON.stringify(raw))) return { ok: true, event: raw as ClientEvent };
  const parsed = parse(raw);`,
    );
    const { promises } = await checked(hardCoded);
    expect(promises.map(({ holds }) => holds)).toEqual([...Array(promises.length - 1).fill(true), false]);
  });

  it('generates the same events from the same seed, and others from another seed', () => {
    const generated = (seed: number) =>
      step
        .requirements(seed)
        .at(-1)
        ?.cases.map(({ args }) => args);
    expect(generated(SEED)).toEqual(generated(SEED));
    expect(generated(SEED)).not.toEqual(generated(SEED + 1));
  });

  it('has three hints', () => {
    const hints = hintsOf(step);
    expect(hints).toHaveLength(3);
    expect(hints.every((hint) => hint.length > 50)).toBe(true);
  });
});
