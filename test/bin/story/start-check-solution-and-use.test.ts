import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { check } from '../../../bin/commands/story/check-step.ts';
import { list } from '../../../bin/commands/story/list-steps.ts';
import { hint } from '../../../bin/commands/story/print-hint.ts';
import { solution as printSolution } from '../../../bin/commands/story/print-solution.ts';
import { start } from '../../../bin/commands/story/start-step.ts';
import { use } from '../../../bin/commands/story/use-learners-code.ts';
import type { CheckResult } from '../../../stories/academy/judging/run-checkpoint-on-file.ts';
import { appendProgress } from '../../../stories/academy/progress/progress-log.ts';
import { mutantsOf } from '../../../stories/academy/proof/read-mutants-and-variants.ts';
import { codeOf, firstStep, type Learner, learner } from '../../stories/learner-workspace.ts';

const step = await firstStep();
const solution = codeOf(step, 'solution.ts');
const mutant = (name: string) => mutantsOf(step).find((each) => each.name === name)?.program ?? '';
const text = (path: string) => readFileSync(path, 'utf8');

/** Examples that catch two mutants: no tolerance for fast clocks, and an exception for an invalid value. */
const EXAMPLES = codeOf(step, 'examples.ts').replace(
  / {2}\/\/ TODO.*/,
  `  { says: 'a fast clock', raw: play(receivedAt, receivedAt + SECOND), accept: true },
  { says: 'not an event', raw: null, accept: false },`,
);
const examplesIn = ({ workspace }: Learner) => join(workspace, dirname(step.learnerFile), 'examples.ts');

/** Returns a learner whose examples have passed. */
function readyLearner(): Learner {
  const someone = learner();
  mkdirSync(dirname(examplesIn(someone)), { recursive: true });
  writeFileSync(examplesIn(someone), EXAMPLES);
  const sha256 = createHash('sha256').update(EXAMPLES).digest('hex');
  const found = { sha256, caught: [], missed: [] };
  appendProgress(someone.workspace, { kind: 'examples', at: 0, step: step.id, outcome: 'passed', ...found });
  return someone;
}

describe('start', () => {
  it('copies the exercise and its task, and prints the next command', async () => {
    using someone = learner();
    expect(await start('01.1', someone, someone.terminal)).toBe(0);
    expect(text(join(someone.workspace, step.learnerFile))).toBe(codeOf(step, 'exercise.ts'));
    expect(readdirSync(join(someone.workspace, '01.1-validate-events')).sort()).toEqual([
      'README.md',
      'examples.ts',
      'validate-event.ts',
    ]);
    expect(someone.lines.join('\n')).toContain('npx agentbricks check 01.1');
  });

  it('never overwrites the learner’s code, and prints how to start over', async () => {
    using someone = learner();
    const file = someone.write(step, '// hours of work');
    expect(await start('01.1', someone, someone.terminal)).toBe(0);
    expect(text(file)).toBe('// hours of work');
    expect(someone.lines.join('\n')).toMatch(
      /exists: it was not changed[\s\S]*mv .*validate-event.ts .*validate-event.mine.ts/,
    );
  });

  it('does not suggest a move that would overwrite other work', async () => {
    using someone = learner();
    const file = someone.write(step, '// new work');
    writeFileSync(file.replace('.ts', '.mine.ts'), '// old work');
    await start('01.1', someone, someone.terminal);
    expect(someone.lines.join('\n')).toContain('validate-event.mine-2.ts');
  });

  it('does not write through a broken link', async () => {
    using someone = learner();
    const file = someone.write(step, '');
    const elsewhere = join(someone.workspace, 'elsewhere.ts');
    rmSync(file);
    symlinkSync(elsewhere, file);
    await start('01.1', someone, someone.terminal);
    expect(existsSync(elsewhere)).toBe(false);
  });

  it('lists the steps if the step does not exist', async () => {
    using someone = learner();
    await expect(start('99.9', someone, someone.terminal)).rejects.toThrow(/no step 99.9.*01\.1/);
  });
});

describe('check', () => {
  it('asks for examples first, which must catch two mutants, and then checks the code', {
    timeout: 180_000,
  }, async () => {
    using someone = learner();
    await start('01.1', someone, someone.terminal);
    expect(await check('01.1', someone, someone.terminal)).toBe(1);
    expect(someone.lines.join('\n')).toContain('Your examples catch 0 of 5 wrong programs.');
    someone.write(step, solution);
    writeFileSync(examplesIn(someone), EXAMPLES);
    expect(await check('01.1', someone, someone.terminal)).toBe(0);
  });

  it('returns 0 for the solution and 1 for the exercise', async () => {
    using someone = readyLearner();
    await start('01.1', someone, someone.terminal);
    expect(await check('01.1', someone, someone.terminal)).toBe(1);
    someone.write(step, solution);
    expect(await check('01.1', someone, someone.terminal)).toBe(0);
    expect(someone.lines.at(-1)).toContain('npx agentbricks use 01.1');
  });

  it('prints passed and failed checks, a failed one with input, expected result, actual result and reason', async () => {
    using someone = readyLearner();
    someone.write(step, mutant('trusts-client-clocks'));
    await check('01.1', someone, someone.terminal);
    const told = someone.lines.join('\n');
    expect(told).toContain('✓ accepts a valid event unchanged');
    expect(told).toMatch(/✗ rejects an event from the future\n +input .*\n +expected .*\n +got .*\n +why .*/);
    expect(told).toContain('8 of 10 checks passed');
    expect(told).toContain('--hint');
  });

  it('reports a syntax error with file and line', async () => {
    using someone = readyLearner();
    someone.write(step, 'const a = 1;\nconst = 2;\n');
    expect(await check('01.1', someone, someone.terminal)).toBe(1);
    expect(someone.lines.join('\n')).toMatch(/✗ .*validate-event\.ts:2: SyntaxError/);
  });

  it('prints the result as JSON, the same one for the same seed', async () => {
    using someone = readyLearner();
    someone.write(step, mutant('no-clock-tolerance'));
    for (const _ of [1, 2]) await check('01.1', { ...someone, json: true, seed: 5 }, someone.terminal);
    const [first, second] = someone.lines.map((line) => JSON.parse(line) as CheckResult);
    expect(first).toMatchObject({ step: '01.1', outcome: 'failed', seed: 5 });
    expect(second).toEqual(first);
  });

  it('prints the next hint each time, and then repeats the last one', async () => {
    using someone = readyLearner();
    someone.write(step, solution);
    for (const _ of [1, 2, 3, 4]) {
      expect(await check('01.1', { ...someone, hint: true }, someone.terminal)).toBe(0);
    }
    const titles = someone.lines.filter((line) => line.startsWith('01.1 hint'));
    expect(titles.map((title) => title.at(-6))).toEqual(['1', '2', '3', '3']);
  });

  it('is listed with its outcome and the number of attempts', async () => {
    using someone = readyLearner();
    const listed = async () => {
      someone.lines.length = 0;
      expect(await list({ workspace: someone.workspace, json: true }, someone.terminal)).toBe(0);
      return (JSON.parse(someone.lines[0] ?? '') as object[])[0];
    };
    expect(await listed()).toMatchObject({ step: '01.1', state: 'not started', attempts: 0 });
    someone.write(step, codeOf(step, 'exercise.ts'));
    await check('01.1', someone, someone.terminal);
    expect(await listed()).toMatchObject({ state: 'started', attempts: 1 });
    someone.write(step, solution);
    await check('01.1', someone, someone.terminal);
    expect(await listed()).toMatchObject({ state: 'passed', attempts: 2 });
    someone.lines.length = 0;
    await list({ workspace: someone.workspace }, someone.terminal);
    expect(someone.lines[0]).toBe('✓ 01.1 Validate events: passed (2 attempts)');
  });

  it('names the command that starts a step', async () => {
    using someone = readyLearner();
    await expect(check('01.1', someone, someone.terminal)).rejects.toThrow(/npx agentbricks start 01.1/);
  });

  it.each([
    ['check', check],
    ['use', use],
    ['hint', hint],
  ])('%s explains that a folder has the name of the learner’s file', async (_name, command) => {
    using someone = readyLearner();
    mkdirSync(join(someone.workspace, step.learnerFile), { recursive: true });
    await expect(command('01.1', someone, someone.terminal)).rejects.toThrow(
      /validate-event.ts is not a file: .*Rename/,
    );
  });

  it('does not open a folder that has the name of the examples', async () => {
    using someone = learner();
    someone.write(step, solution);
    mkdirSync(examplesIn(someone), { recursive: true });
    expect(await check('01.1', someone, someone.terminal)).toBe(1);
  });
});

describe('solution', () => {
  it('is printed after the step was passed', async () => {
    using someone = readyLearner();
    someone.write(step, solution);
    await expect(printSolution('01.1', someone, someone.terminal)).rejects.toThrow(
      /0 of 3 hints.*agentbricks hint 01.1/,
    );
    await check('01.1', someone, someone.terminal);
    someone.lines.length = 0;
    expect(await printSolution('01.1', someone, someone.terminal)).toBe(0);
    expect(someone.lines.join('\n')).toBe(solution.trimEnd());
  });

  it('is printed after the last hint only with --yes', async () => {
    using someone = readyLearner();
    someone.write(step, codeOf(step, 'exercise.ts'));
    for (const _ of [1, 2, 3]) await hint('01.1', someone, someone.terminal);
    await expect(printSolution('01.1', someone, someone.terminal)).rejects.toThrow(/--yes/);
    expect(await printSolution('01.1', { ...someone, yes: true }, someone.terminal)).toBe(0);
    someone.lines.length = 0;
    await list({ workspace: someone.workspace, json: true }, someone.terminal);
    const [first] = JSON.parse(someone.lines[0] ?? '') as object[];
    expect(first).toMatchObject({ step: '01.1', hints: 3, sawSolution: true });
  });
});

describe('use', () => {
  it('replaces the reference implementation with the learner’s file, and restores it without changing the file', async () => {
    using someone = readyLearner();
    const file = someone.write(step, solution);
    expect(await use('01.1', someone, someone.terminal)).toBe(0);
    const seams = join(someone.workspace, 'seams.json');
    expect(JSON.parse(text(seams))).toEqual({ 'validate-event': step.learnerFile });
    expect(await use('01.1', { ...someone, reference: true }, someone.terminal)).toBe(0);
    expect(JSON.parse(text(seams))).toEqual({});
    expect(text(file)).toBe(solution);
  });

  it('changes nothing for code whose checks fail, unless --anyway is given', async () => {
    using someone = readyLearner();
    someone.write(step, mutant('trusts-client-clocks'));
    const seams = join(someone.workspace, 'seams.json');
    expect(await use('01.1', someone, someone.terminal)).toBe(1);
    expect(existsSync(seams)).toBe(false);
    expect(someone.lines.at(-1)).toContain('--anyway');
    expect(await use('01.1', { ...someone, anyway: true }, someone.terminal)).toBe(0);
    expect(JSON.parse(text(seams))).toEqual({ 'validate-event': step.learnerFile });
  });

  it('explains a seams.json that is not valid, and does not change it', async () => {
    using someone = readyLearner();
    someone.write(step, solution);
    writeFileSync(join(someone.workspace, 'seams.json'), '{ broken');
    await expect(use('01.1', someone, someone.terminal)).rejects.toThrow(/not a JSON object.*Delete the file/);
    expect(text(join(someone.workspace, 'seams.json'))).toBe('{ broken');
  });
});
