import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { check, checkOneOrAll } from '../../../bin/commands/story/check-step.ts';
import { diff } from '../../../bin/commands/story/print-diff-from-reference.ts';
import { learn } from '../../../bin/commands/story/show-and-watch-next-step.ts';
import type { Keyboard } from '../../../bin/console/pressed-keys.ts';
import { allSteps, type StepSummary } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import {
  predictionText,
  questionsOf,
} from '../../../stories/academy/catalogue/read-prediction-and-recall-questions.ts';
import { appendProgress } from '../../../stories/academy/progress/progress-log.ts';
import { codeOf, firstStep, type Learner, learner } from '../../stories/learner-workspace.ts';

const WAIT = { timeout: 50_000, interval: 50 };
const step = await firstStep();

/** A keyboard of a terminal, whose keys a test presses. */
function keyboard(): Keyboard & { press(key: string): void } {
  const stream = new PassThrough();
  const press = (key: string) => void stream.write(key);
  return Object.assign(stream, { isTTY: true, setRawMode: vi.fn(), press }) as unknown as Keyboard &
    typeof stream & { press(key: string): void };
}

const passed = ({ workspace }: Learner, id: string) =>
  appendProgress(workspace, {
    ...{ kind: 'check', at: 0, step: id, outcome: 'passed', seed: 1 },
    sha256: '',
    failed: [],
  });

describe('learn', () => {
  it('prints the first step that was not passed, without a keyboard', async () => {
    using someone = learner();
    passed(someone, '01.1');
    const noKeyboard = Object.assign(new PassThrough(), { isTTY: false }) as unknown as Keyboard;
    expect(await learn(someone, someone.terminal, noKeyboard)).toBe(0);
    expect(someone.lines[0]).toMatch(/^Next: 01\.3 /);
    expect(someone.lines[1]).toContain('npx agentbricks start 01.3');
    await learn({ ...someone, json: true }, someone.terminal);
    expect(JSON.parse(someone.lines.at(-1) ?? '')).toMatchObject({ next: '01.3', started: false });
  });

  it('says so when all steps were passed', async () => {
    using someone = learner();
    for (const { id } of allSteps()) passed(someone, id);
    await learn(someone, someone.terminal);
    expect(someone.lines).toEqual([expect.stringContaining('You have passed all steps')]);
  });

  it('starts the step, checks on a save, and reacts to keys until the learner quits', async () => {
    using someone = learner();
    const keys = keyboard();
    const running = learn(someone, someone.terminal, keys);
    const printed = () => someone.lines.join('\n');
    await vi.waitFor(() => expect(printed()).toContain('Keys:'), WAIT);
    const file = join(someone.workspace, step.learnerFile);
    expect(existsSync(file)).toBe(true);
    keys.press('h');
    await vi.waitFor(() => expect(printed()).toContain('hint 1 of 3'), WAIT);
    keys.press('l');
    await vi.waitFor(() => expect(printed()).toContain('01.3'), WAIT);
    writeFileSync(file, `${readFileSync(file, 'utf8')}\n`);
    await vi.waitFor(() => expect(printed()).toContain('Your examples catch 0 of 5 wrong programs'), WAIT);
    keys.press('q');
    expect(await running).toBe(0);
    expect(keys.setRawMode).toHaveBeenLastCalledWith(false);
  });

  it('asks about earlier steps at the start of a step, and for a prediction before the live check', async () => {
    using someone = learner();
    passed(someone, '01.1');
    const keys = keyboard();
    const running = learn(someone, someone.terminal, keys);
    const printed = () => someone.lines.join('\n');
    await vi.waitFor(() => expect(printed()).toContain('Keys:'), WAIT);
    expect(printed()).toContain('Answer two questions about earlier steps');
    expect(printed()).toContain('1. (step 01.1)');
    const { recall, prediction } = questionsOf(allSteps()[1] as StepSummary);
    expect(printed()).not.toContain(recall[0]?.answer.trim());
    keys.press('a');
    await vi.waitFor(() => expect(printed()).toContain(recall[0]?.answer.trim()), WAIT);
    expect(predictionText(allSteps()[1] as StepSummary)).toContain(prediction.choices?.[1]);
    keys.press('\u0003');
    expect(await running).toBe(0);
  });
});

describe('diff', () => {
  it('is locked until the step is passed, and then compares with the reference implementation', async () => {
    using someone = learner();
    const variant = codeOf(step, 'variants/table-of-rules.ts');
    someone.write(step, variant);
    await expect(diff('01.1', someone, someone.terminal)).rejects.toMatchObject({ code: 'BRICK_SOLUTION_LOCKED' });
    passed(someone, '01.1');
    expect(await diff('01.1', someone, someone.terminal)).toBe(0);
    expect(someone.lines.at(-1)).toMatch(/^diff --git[\s\S]*^-/m);
    someone.write(step, codeOf(step, 'solution.ts'));
    await diff('01.1', someone, someone.terminal);
    expect(someone.lines.at(-1)).toBe('Your code is the reference implementation, line by line.');
  });
});

describe('check --live', () => {
  it('names a step that has no live check', async () => {
    using someone = learner();
    mkdirSync(dirname(join(someone.workspace, step.learnerFile)), { recursive: true });
    const folder = join(someone.workspace, '06.5-last-month-again');
    mkdirSync(folder);
    writeFileSync(join(folder, 'nightly.ts'), '');
    const checked = check('06.5', { ...someone, live: true }, someone.terminal);
    await expect(checked).rejects.toMatchObject({ code: 'BRICK_NO_LIVE_CHECK' });
  });

  it('rejects an answer that is none of the choices, before the city starts', async () => {
    using someone = learner();
    someone.write(step, codeOf(step, 'solution.ts'));
    const checked = check('01.1', { ...someone, live: true, predict: 'twelve' }, someone.terminal);
    await expect(checked).rejects.toThrow(/"twelve" is not an answer.*4 % · 10 % · 17 % · 45 %/);
    const withoutLive = checkOneOrAll('01.1', { ...someone, predict: '4 %' }, someone.terminal);
    await expect(withoutLive).rejects.toMatchObject({ code: 'BRICK_PREDICTION_WITHOUT_LIVE' });
  });

  it('measures the code in a small city, and shows the prediction next to the answer', {
    timeout: 120_000,
  }, async () => {
    using someone = learner();
    const ask = vi.fn(async () => '4 %');
    someone.write(step, codeOf(step, 'solution.ts'));
    expect(await check('01.1', { ...someone, live: true, ask }, someone.terminal)).toBe(0);
    const printed = someone.lines.join('\n');
    expect(printed).toContain('in a small city: passed');
    expect(printed).toContain('broken events that you let in: 0, reference 0, required 0');
    expect(printed).toContain('broken events among all that arrived: 10.31 %, reference 10.31 %');
    expect(printed).toContain('events that arrived: 3,454');
    expect(printed).toContain('You predicted 4 %. The answer is 10 %.');
    expect(printed).toContain('In this city, with the reference: broken events among all that arrived = 10.31 %.');
    expect(ask).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('(4 % · 10 %'));
    expect(readFileSync(join(someone.workspace, 'progress.jsonl'), 'utf8')).toContain('"kind":"live"');
  });
});
