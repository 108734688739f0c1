import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CollectReply } from '#domain/events/collect-and-recommend-contract.ts';
import { use } from '../../../bin/commands/story/use-learners-code.ts';
import { followSeams } from '../../../bin/learner-code/load-and-reload-selected-files.ts';
import { openRuntime, type Runtime } from '../../../localstack/embedded/host/open-runtime.ts';
import { findStep, programOf } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { seamsFileIn } from '../../../stories/academy/workspace/workspace-paths.ts';
import { codeOf, firstStep, learner } from '../learner-workspace.ts';

const step = await firstStep();
const SOON = { timeout: 5_000, interval: 50 };
/** Returns a learner's file that rejects every event with the given rejection code. */
const rejectsAll = (code: string) =>
  `export const validateEvent = () => ({ ok: false, code: '${code}', reason: 'mine' });`;

describe('a running city', () => {
  let dataDir: string;
  let runtime: Runtime;
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'story-city-'));
    runtime = await openRuntime({ dataDir, logLevel: 'ERROR' });
  });
  afterEach(async () => {
    await runtime[Symbol.asyncDispose]();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Posts a string, which is not an event. @returns the city's rejection code */
  async function rejectionCode(): Promise<string | undefined> {
    const request = {
      method: 'POST',
      path: '/v1/events',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ events: ['text'] }),
    } as const;
    const { body } = await runtime.api(request);
    return (JSON.parse(body) as CollectReply).rejected[0]?.code;
  }

  it('loads the learner’s file after `use`, again after a change, and the reference after `use --reference`', async () => {
    using someone = learner();
    using seams = await followSeams(seamsFileIn(someone.workspace), someone.terminal);
    seams.lead(runtime);
    expect(await rejectionCode()).toBe('invalid_event');
    for (const code of ['mine_1', 'mine_2']) {
      someone.write(step, rejectsAll(code));
      await use('01.1', { ...someone, anyway: true }, someone.terminal);
      await vi.waitFor(async () => expect(await rejectionCode()).toBe(code), SOON);
    }
    await use('01.1', { ...someone, reference: true }, someone.terminal);
    await vi.waitFor(async () => expect(await rejectionCode()).toBe('invalid_event'), SOON);
  });

  it('does not load a file that was edited after its `use`, if another step is put in use', async () => {
    using someone = learner();
    const dice = await findStep('04.7');
    someone.write(step, rejectsAll('checked'));
    await use('01.1', { ...someone, anyway: true }, someone.terminal);
    using seams = await followSeams(seamsFileIn(someone.workspace), someone.terminal);
    seams.lead(runtime);
    expect(await rejectionCode()).toBe('checked');
    someone.write(step, rejectsAll('edited'));
    someone.write(dice, programOf(dice, 'solution'));
    await use('04.7', { ...someone, anyway: true }, someone.terminal);
    await vi.waitFor(() => expect(someone.lines).toContain('The city uses your explore.'), SOON);
    expect(await rejectionCode()).toBe('checked');
    await use('01.1', { ...someone, anyway: true }, someone.terminal);
    await vi.waitFor(async () => expect(await rejectionCode()).toBe('edited'), SOON);
  });

  it('starts with the file in use, before the first event', async () => {
    using someone = learner();
    someone.write(step, rejectsAll('mine'));
    await use('01.1', { ...someone, anyway: true }, someone.terminal);
    using seams = await followSeams(seamsFileIn(someone.workspace), someone.terminal);
    seams.lead(runtime);
    expect(await rejectionCode()).toBe('mine');
    expect(someone.lines.at(-1)).toBe('The city uses your validateEvent.');
  });

  it('validates with the solution as with the reference', async () => {
    using someone = learner();
    someone.write(step, codeOf(step, 'solution.ts'));
    expect(await use('01.1', someone, someone.terminal)).toBe(0);
    using seams = await followSeams(seamsFileIn(someone.workspace), someone.terminal);
    seams.lead(runtime);
    expect(await rejectionCode()).toBe('invalid_event');
  });

  it.each([
    ['does not load', 'const = 1;', /could not be loaded/],
    ['lacks the function', 'export const other = 1;', /exports no function named validateEvent/],
  ])('keeps the previous code if the new file %s, and reports the error', async (_, failedCase, message) => {
    using someone = learner();
    someone.write(step, rejectsAll('mine'));
    await use('01.1', { ...someone, anyway: true }, someone.terminal);
    using seams = await followSeams(seamsFileIn(someone.workspace), someone.terminal);
    seams.lead(runtime);
    someone.write(step, failedCase);
    await use('01.1', { ...someone, anyway: true }, someone.terminal);
    await vi.waitFor(() => expect(someone.lines.join('\n')).toMatch(message), SOON);
    expect(await rejectionCode()).toBe('mine');
  });

  it('loads nothing after it has stopped watching', async () => {
    using someone = learner();
    const file = seamsFileIn(someone.workspace);
    const seams = await followSeams(file, someone.terminal);
    seams.lead(runtime);
    seams[Symbol.dispose]();
    someone.write(step, rejectsAll('mine'));
    writeFileSync(file, JSON.stringify({ 'validate-event': step.learnerFile }));
    utimesSync(file, new Date(), new Date());
    await new Promise((later) => setTimeout(later, 600));
    expect(await rejectionCode()).toBe('invalid_event');
  });
});
