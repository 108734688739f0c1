import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpoint } from '../../../stories/movie-recommender/04-recommendation/07-dice-written-down/check.ts';

const SEED = 11;
const EXERCISE = resolve('stories/movie-recommender/04-recommendation/07-dice-written-down/exercise.ts');
const FOLDER = resolve(import.meta.dirname, '../wrong-files/04.7-explore-slate');
/** Milliseconds for one check on a busy machine. */
const timeout = 240_000;

interface Texts {
  readonly expected?: RegExp;
  readonly why?: RegExp;
}

/** Files that break a requirement: the first one, what was observed, and other parts of the message. */
const FAILURES: Readonly<Record<string, [says: RegExp, got: RegExp, texts?: Texts]>> = {
  'adds-titles': [/^returns one item per position/, /^[4-6] items$/],
  'mutates-the-given-slate': [
    /^returns one item per position/,
    /own-1', score: 7/,
    { expected: /^its arguments unchanged$/, why: /^The caller uses the arguments again after the call/ },
  ],
  'propensity-1-if-kept': [
    /probability with which it keeps/,
    /^propensity 1\.000$/,
    { why: /each play counts too little/ },
  ],
  'divides-by-pool-plus-slate': [
    /probability with which it shows an explored/,
    /^propensity 0\.071 for pool-1$/,
    { why: /each play counts too much/ },
  ],
  'seeds-with-the-clock': [
    /^(explores the same request in the same way|depends only on its arguments)$/,
    /^first .*, then |read the clock/,
  ],
  'explores-with-too-small-pool': [/propensity 1 if it cannot explore/, /./],
  'forgets-to-return': [/^returns one item per position/, /^undefined$/],
  'remembers-titles-between-requests': [
    /^returns one item per position/,
    /^propensity 0 for own-1 at position 1 of request/,
  ],
  'keeps-the-score': [/^returns one item per position/, /^score 0\.\d and source '(index|popular|new-release)'$/],
  'one-die-for-the-slate': [/independently of the others/, /^\d\d\.\d % of the requests$/],
  'propensity-in-percent': [
    /^returns one item per position/,
    /^propensity \d[\d.]+ for (own|pool)-\d at position \d of request r-11-.*: Too big/,
  ],
  'reversed-comparison': [
    /^returns one item per position/,
    /^propensity 0 for own-1 at position 1 of request r-11-1-5-0: Too small/,
  ],
  'divides-by-remaining-pool': [
    /probability with which it shows an explored/,
    /^0\.\d+ in one request, 0\.\d+ in another$/,
  ],
  'async-function': [/^returns one item per position/, /^a Promise$/],
};

const checked = (name: string) => checkpoint.check(resolve(FOLDER, `${name}.ts`), SEED);

describe('a wrong file of step 04.7', () => {
  it('has an expected message', () => {
    const names = globSync('*', { cwd: FOLDER }).map((file) => basename(file, '.ts'));
    expect(names.sort()).toEqual(['misspelt-function', ...Object.keys(FAILURES)].sort());
  });

  it('cannot be called under another name', { timeout }, async () => {
    const { outcome, problem } = await checked('misspelt-function');
    expect(outcome).toBe('failed');
    expect(problem).toMatchObject({ what: 'your file exports no function named explore', line: expect.any(Number) });
  });

  it('does not explore the same request in the same way if a variable outside the function keeps its value', {
    timeout,
  }, async () => {
    const { requirements } = await checked('remembers-titles-between-requests');
    const repeated = requirements.find(({ says }) => says === 'explores the same request in the same way');
    expect(repeated?.failedCase?.got).toMatch(/^first .*film-\d.*, then own-1/);
  });

  it('fails each requirement on explored titles if it never explores', { timeout }, async () => {
    const { requirements } = await checkpoint.check(EXERCISE, SEED);
    const failed = requirements.filter(({ passed }) => !passed).map(({ says }) => says);
    expect(failed).toEqual([
      'explores each position with probability `share`, independently of the others',
      'chooses each title of the pool equally often',
      'logs the probability with which it shows an explored title',
    ]);
  });

  it.each(Object.entries(FAILURES))('fails a requirement: %s', { timeout }, async (name, [says, got, texts = {}]) => {
    const { outcome, requirements } = await checked(name);
    expect(outcome).toBe('failed');
    const first = requirements.find(({ passed }) => !passed);
    expect(first?.says).toMatch(says);
    expect(first?.failedCase?.got).toMatch(got);
    const { input, expected, why } = first?.failedCase ?? {};
    expect(input).toBeTruthy();
    expect(expected).toMatch(texts.expected ?? /./);
    expect(why).toMatch(texts.why ?? /./);
  });
});
