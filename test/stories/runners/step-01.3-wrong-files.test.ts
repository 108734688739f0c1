import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpoint } from '../../../stories/movie-recommender/01-data-collection/03-once-however-often/check.ts';

const SEED = 7;
const FOLDER = resolve(import.meta.dirname, '../wrong-files/01.3-collect-events');
/** Milliseconds for one check on a busy machine. */
const timeout = 240_000;

/** Files whose check cannot finish: what the message names, its fix, and the line. */
const PROBLEMS: Readonly<Record<string, [what: RegExp, fix: RegExp, line: number]>> = {
  'retries-forever': [
    /more than 2000 times .* eventLog\.append; .*the topic events does not exist$/,
    /Do not repeat a failed call/,
    29,
  ],
};

/** Files that break a requirement: the first one, the scene, what was observed, and the line. */
const FAILURES: Readonly<Record<string, [says: RegExp, scene: RegExp, got: RegExp, line?: number]>> = {
  'remembers-in-memory': [/^stores an event once/, /to another process/, /in the log 2 times; it arrived 2 times/, 18],
  'hides-errors': [/a failed port did not store/, /getMany failed/, /missing; your response was/, 18],
  'one-call-per-event': [/a few calls of ports/, /^a batch of 500/, /^1500 calls, 500 of them/, 18],
  'forgets-to-mark': [/^stores an event once/, /sent twice/, /in the log 2 times/, 21],
  'no-response-for-repeats': [/^responds to each/, /sent twice/, /^undefined$/],
  'calls-missing-idempotency-get': [/^responds to each/, /a new batch/, /idempotency\.get is not a function/, 16],
  'random-partition-key': [/unchanged/, /a new batch/, /a record with key/, 20],
  'sleeps-before-lookup': [/^responds to each/, /a new batch/, /setTimeout was called/, 13],
  'objects-not-records': [/^responds to each/, /a new batch/, /append expects items of the form \{ key, value/, 18],
  'logs-errors': [/a failed port did not store/, /append failed/, /missing; your response was/, 46],
  'marks-not-awaited': [/^responds only when/, /^a new batch$/, /idempotency\.putMany had ended: .* not awaited$/, 46],
  'marks-with-raw-keys': [
    /^responds to each/,
    /a new batch/,
    /the field key of item 1 is a string: key must be the key \{ pk, sk \} that eventKey returns/,
    46,
  ],
  'marks-without-items': [/^responds to each/, /a new batch/, /the field key of item 1 is missing/, 46],
  'one-mark-per-request': [/^stores an event once/, /old and new events/, /in the log 2 times/, 20],
  'never-released-batch-lock': [/a failed port did not store/, /getMany failed/, /it threw .* is not available/, 31],
};

const checked = (name: string) => checkpoint.check(resolve(FOLDER, `${name}.ts`), SEED);

describe('a wrong file of step 01.3', () => {
  it('has an expected message', () => {
    const names = globSync('*', { cwd: FOLDER }).map((file) => basename(file, '.ts'));
    expect(names.sort()).toEqual([...Object.keys(PROBLEMS), ...Object.keys(FAILURES)].sort());
  });

  it.each(Object.entries(PROBLEMS))('ends its check: %s', { timeout }, async (name, [what, fix, line]) => {
    const { outcome, requirements, problem } = await checked(name);
    expect({ outcome, requirements }).toEqual({ outcome: 'failed', requirements: [] });
    expect(problem).toMatchObject({ what: expect.stringMatching(what), fix: expect.stringMatching(fix), line });
    expect(problem?.why).toBeTruthy();
  });

  it('shows what it printed, without frames of the check', { timeout }, async () => {
    const { printed } = await checked('logs-errors');
    expect(printed).toMatch(/^Error: eventLog\.append failed: the service is not available\n/);
    expect(printed).not.toMatch(/evalmachine|file:|node:|step-code/);
  });

  it.each(Object.entries(FAILURES))('fails a requirement: %s', { timeout }, async (name, [says, scene, got, line]) => {
    const { outcome, requirements } = await checked(name);
    expect(outcome).toBe('failed');
    const first = requirements.find(({ passed }) => !passed);
    expect(first?.says).toMatch(says);
    expect(first?.failedCase).toMatchObject({ input: expect.stringMatching(scene), got: expect.stringMatching(got) });
    expect(first?.failedCase?.why).toBeTruthy();
    expect(first?.failedCase?.look).toBe(line === undefined ? undefined : `${name}.ts:${line}`);
  });
});
