import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hintsOf } from '../../stories/academy/catalogue/find-step.ts';
import { runChecks } from '../../stories/academy/judging/run-checks.ts';
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

  it('has three mutants, each with a separate requirement', () => {
    const messages = mutants.map((name) => rejectedBy(codeOf(step, name)));
    expect(messages).toHaveLength(3);
    expect(new Set(messages).size).toBe(3);
    expect(messages).not.toContain(undefined);
  });

  it.each(mutants)('rejects %s, first by the requirement that it names', async (name) => {
    const code = codeOf(step, name);
    const { outcome, requirements } = await checked(code);
    expect(outcome).toBe('failed');
    expect(requirements.find(({ passed }) => !passed)?.says).toBe(rejectedBy(code));
  });

  it('explains a failed check with input, expected result, actual result and reason', async () => {
    const { requirements } = await checked(codeOf(step, 'mutants/forgives-no-clock.ts'));
    expect(requirements.find(({ passed }) => !passed)?.failedCase).toEqual({
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
    const { requirements } = await checked(hardCoded);
    const failed = requirements.filter(({ passed }) => !passed).map(({ says }) => says);
    expect(failed).toEqual([expect.stringMatching(/^agrees with the reference/)]);
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

  it.each([
    [
      'takes 5 ms per event',
      'const end = performance.now() + 5; while (performance.now() < end);',
      /^validates a batch/,
    ],
    ['fails after 400 calls', 'if (++calls > 400) throw new Error("late");', /^agrees with the reference/],
    ['reads the clock', 'receivedAt = Date.now() - Date.now() + receivedAt;', /^depends only on its arguments/],
    ['reads a random number', 'if (Math.random() > 2) return undefined as any;', /^depends only on its arguments/],
    ['knows one time of receipt', 'receivedAt = Date.UTC(2026, 2, 1, 20, 0);', /^accepts a valid event/],
  ])('fails a solution that %s', { timeout: 120_000 }, async (_, line, says) => {
    const solution = codeOf(step, 'solution.ts');
    const changed = solution.replace('  const parsed = parse(raw);', `  ${line}\n  const parsed = parse(raw);`);
    expect(changed).not.toBe(solution);
    const { outcome, requirements } = await checked(`let calls = 0;\n${changed}`);
    expect(outcome).toBe('failed');
    expect(requirements.find(({ passed }) => !passed)?.says).toMatch(says);
  });

  it('stops a solution that takes 20 ms per event', { timeout: 120_000 }, async () => {
    const code =
      'export function validateEvent(raw: unknown) {\n  for (const end = Date.now() + 20; Date.now() < end; );\n  return { ok: true, event: raw };\n}';
    const { outcome, problem } = await checked(code);
    expect({ outcome, what: problem?.what }).toEqual({
      outcome: 'failed',
      what: 'the calls of your function took too long in total',
    });
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
