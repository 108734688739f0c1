import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judge } from '../../bin/story/run-checks.ts';
import { hintsOf } from '../../bin/story/steps.ts';
import { codeOf, firstStep, learner } from './learner.ts';

const SEED = 7;
const step = await firstStep();
const mutants = globSync('mutants/*.ts', { cwd: step.folder }).sort();

async function verdictOn(code: string, seed = SEED) {
  using someone = learner();
  return await judge(step, someone.write(step, code), seed);
}

/** The first promise that a wrong solution has to break, as its first line says. */
const rejectedBy = (code: string) => /^\/\/ Rejected by: (.+)$/m.exec(code)?.[1];

describe('step 01.1', () => {
  it('lets the solution pass, whatever the seed', async () => {
    for (const seed of [0, 1, 2 ** 32 - 1]) {
      const { passed, promises } = await verdictOn(codeOf(step, 'solution.ts'), seed);
      expect(promises.filter(({ holds }) => !holds)).toEqual([]);
      expect(passed).toBe(true);
    }
  });

  it('fails the starter, and gives it one gap', async () => {
    const exercise = codeOf(step, 'exercise.ts');
    const { passed, problem } = await verdictOn(exercise);
    expect({ passed, problem }).toEqual({ passed: false, problem: undefined });
    expect(exercise.match(/TODO/g)).toHaveLength(1);
  });

  it('has three mutants, each with a message of its own', () => {
    const messages = mutants.map((name) => rejectedBy(codeOf(step, name)));
    expect(messages).toHaveLength(3);
    expect(new Set(messages).size).toBe(3);
    expect(messages).not.toContain(undefined);
  });

  it.each(mutants)('rejects %s, first by the promise that it names', async (name) => {
    const code = codeOf(step, name);
    const { passed, promises } = await verdictOn(code);
    expect(passed).toBe(false);
    expect(promises.find(({ holds }) => !holds)?.says).toBe(rejectedBy(code));
  });

  it('says of each broken promise what came in, what was expected, what came out and why it matters', async () => {
    const { promises } = await verdictOn(codeOf(step, 'mutants/forgives-no-clock.ts'));
    expect(promises.find(({ holds }) => !holds)?.broken).toEqual({
      input: 'a play stamped 2 minutes ahead of our clock',
      expected: '{ ok: true, event } with the event as it came in',
      got: expect.stringContaining('from_the_future'),
      why: expect.stringContaining('No two clocks agree'),
    });
  });

  it('fails code that knows the examples by heart, on events that it cannot know', async () => {
    const known = step
      .promises(SEED)
      .slice(0, -1)
      .flatMap(({ cases }) => cases);
    const answers = known.map(({ args: [raw] }) => raw);
    const parrot = codeOf(step, 'solution.ts').replace(
      '  const parsed = parse(raw);',
      `  const known: unknown[] = ${JSON.stringify(answers)};
  if (!known.some((each) => JSON.stringify(each) === JSON.stringify(raw))) return { ok: true, event: raw as ClientEvent };
  const parsed = parse(raw);`,
    );
    const { promises } = await verdictOn(parrot);
    expect(promises.map(({ holds }) => holds)).toEqual([...Array(promises.length - 1).fill(true), false]);
  });

  it('draws the same events from the same seed, and others from another', () => {
    const drawn = (seed: number) =>
      step
        .promises(seed)
        .at(-1)
        ?.cases.map(({ args }) => args);
    expect(drawn(SEED)).toEqual(drawn(SEED));
    expect(drawn(SEED)).not.toEqual(drawn(SEED + 1));
  });

  it('has three hints', () => {
    const hints = hintsOf(step);
    expect(hints).toHaveLength(3);
    expect(hints.every((hint) => hint.length > 50)).toBe(true);
  });
});
