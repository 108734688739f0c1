import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { lintSteps } from '../../../bin/commands/review/lint-steps.ts';
import { recall } from '../../../bin/commands/review/print-recall-questions.ts';
import { runLive } from '../../../bin/commands/review/run-live-check-and-print-errors.ts';
import { checkOneOrAll } from '../../../bin/commands/story/check-step.ts';
import { type Keyboard, pressedKeys } from '../../../bin/console/pressed-keys.ts';
import { findStep } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { questionsOf } from '../../../stories/academy/catalogue/read-prediction-and-recall-questions.ts';
import { appendProgress } from '../../../stories/academy/progress/progress-log.ts';
import { codeOf, firstStep, learner } from '../../stories/learner-workspace.ts';

const step = await firstStep();

describe('recall', () => {
  it('prints the questions of the next step, and their answers only on request', async () => {
    using someone = learner();
    const { recall: questions } = questionsOf(step);
    expect(await recall(undefined, someone, someone.terminal)).toBe(0);
    expect(someone.lines.join('\n')).toContain(questions[1]?.question.trim());
    expect(someone.lines.join('\n')).not.toContain(questions[1]?.answer.trim());
    await recall('01.1', { ...someone, answers: true }, someone.terminal);
    expect(someone.lines.join('\n')).toContain(questions[1]?.answer.trim());
    await recall('01.1', { ...someone, json: true }, someone.terminal);
    const { questions: printed } = JSON.parse(someone.lines.at(-1) ?? '') as { questions: object[] };
    expect(printed).toEqual(questions.map(({ question, from }) => ({ question, from })));
  });

  it('rejects an unknown step', async () => {
    using someone = learner();
    await expect(recall('99.9', someone, someone.terminal)).rejects.toMatchObject({ code: 'BRICK_UNKNOWN_STEP' });
  });
});

describe('check --all', () => {
  const passed = { kind: 'check' as const, at: 0, outcome: 'passed' as const, seed: 1, sha256: '', failed: [] };

  it('says so if no step was passed', async () => {
    using someone = learner();
    expect(await checkOneOrAll(undefined, { ...someone, all: true }, someone.terminal)).toBe(0);
    expect(someone.lines.join()).toContain('You have not passed a step yet');
  });

  it('checks the passed steps again: a solution passes, a changed or missing file fails', async () => {
    using someone = learner();
    appendProgress(someone.workspace, { ...passed, step: '01.1' });
    const all = () => checkOneOrAll(undefined, { ...someone, all: true, seed: 1 }, someone.terminal);
    someone.write(step, codeOf(step, 'solution.ts'));
    expect(await all()).toBe(0);
    expect(someone.lines).toEqual(['✓ 01.1 Validate events']);
    someone.write(step, 'export function validateEvent() {}');
    expect(await all()).toBe(1);
    expect(someone.lines.at(-1)).toBe('✗ 01.1 Validate events: npx agentbricks check 01.1 shows what fails');
    rmSync(join(someone.workspace, step.learnerFile));
    expect(await all()).toBe(1);
    expect(someone.lines.at(-1)).toContain('does not exist any more');
  });

  it('rejects a step next to --all, and neither of them', async () => {
    using someone = learner();
    const rejected = { code: 'BRICK_STEP_NOT_GIVEN' };
    await expect(checkOneOrAll('01.1', { all: true }, someone.terminal)).rejects.toMatchObject(rejected);
    await expect(checkOneOrAll(undefined, { all: true, live: true }, someone.terminal)).rejects.toMatchObject(rejected);
    await expect(checkOneOrAll(undefined, {}, someone.terminal)).rejects.toMatchObject(rejected);
  });
});

describe('story lint', () => {
  it('finds no fault in the first step, and rejects an unknown one', async () => {
    using someone = learner();
    expect(await lintSteps(['01.1'], {}, someone.terminal)).toBe(0);
    expect(await lintSteps(['01.1'], { json: true }, someone.terminal)).toBe(0);
    expect(someone.lines).toEqual(['✓ 01.1 Validate events', JSON.stringify({ step: '01.1', faults: [] })]);
    await expect(lintSteps(['99.9'], {}, someone.terminal)).rejects.toMatchObject({ code: 'BRICK_UNKNOWN_STEP' });
  });
});

describe('the key for a live check', () => {
  it('names a step without a live check, and asks for no prediction', async () => {
    using someone = learner();
    const stepWithoutLive = await findStep('06.5');
    const ask = vi.fn(async () => '4');
    await runLive(stepWithoutLive, '/none', { ...someone, ask });
    expect(ask).not.toHaveBeenCalled();
    expect(someone.lines.join()).toContain('has no live check');
  });
});

describe('pressed keys', () => {
  it('reads keys, and a line between them', async () => {
    const stream = Object.assign(new PassThrough(), { setRawMode: vi.fn() });
    using keys = pressedKeys(stream as unknown as Keyboard);
    stream.write('c');
    await keys.pressed();
    expect([keys.next(), keys.next()]).toEqual(['c', undefined]);
    const asked = keys.ask('?');
    stream.write(' 4 %\n');
    expect(await asked).toBe('4 %');
    stream.write('\u0003');
    await keys.pressed();
    expect(keys.next()).toBe('q');
  });
});
