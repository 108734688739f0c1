import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/trainer-environment.ts';
import { describeWith } from '../../support/require-server.ts';
import { hasPython, sharedTrainer } from '../../support/trainer-python.ts';

const MINUTE = 60_000;
/** Four standard errors of a share of one third over 3,000 samples. */
const SHARE_ERROR = 0.035;

type Evidence = { readonly incumbent: string; readonly metric?: string; readonly undecided?: string };

describeWith(
  'Python',
  await hasPython(),
  'Install Python 3.10 or later.',
)('the examination of a model', () => {
  let found: {
    readonly neumf: { readonly wrong: number; readonly later: number };
    readonly twoTower: number;
    readonly lastPlays: Readonly<Record<string, number>>;
    readonly fewTitles: number;
    readonly positions: number;
    readonly afterASlate: Readonly<Record<'before' | 'after', number | null>>;
    readonly champions: Readonly<Record<string, string | null>>;
    readonly evidence: Readonly<Record<'overPopularity' | 'overChampion' | 'tooFew' | 'none', Evidence>>;
    readonly deviations: readonly number[];
  };

  beforeAll(async () => {
    const python = join(await sharedTrainer(), 'venv/bin/python');
    const env = { PYTHONPATH: TRAINER_PACKAGE, OMP_NUM_THREADS: '1' };
    const { stdout, status, tail } = await run(python, [join(import.meta.dirname, 'examination.py')], { env });
    expect(status, tail.join('\n')).toBe(0);
    found = JSON.parse(stdout) as typeof found;
  }, 10 * MINUTE);

  it('samples negatives that the user had not played at the time of the play, but may have played later', () => {
    expect(found.neumf.wrong).toBe(0);
    expect(found.neumf.later).toBeGreaterThan(0);
    expect(found.twoTower).toBe(0);
  });

  it('holds out a random one of the plays with the latest time, and no play of a user who has only one', () => {
    const { first, alone, ...latest } = found.lastPlays;
    expect([first, alone]).toEqual([0, 0]);
    for (const share of Object.values(latest)) expect(Math.abs(share - 1 / 3)).toBeLessThan(SHARE_ERROR);
  });

  it('ranks the held-out title only against titles that the user has not played, even if fewer than 99 exist', () => {
    expect(found.fewTitles).toBe(1);
  });

  it('compares with a champion only on plays that the champion has not learned from, and only if the candidate’s data are newer', () => {
    expect(found.champions.before).toBeNull();
    expect(found.champions['at the last play']).toBeNull();
    expect(found.champions['after the last play']).toContain('no play that the champion did not know');
    expect(found.champions['in the test']).toContain(
      'too little was played since the champion’s data ended'.replace('’', "'"),
    );
  });

  it('assigns the mean percentile rank and log rank over all orders of tied titles', () => {
    expect(found.positions).toBeLessThan(1e-12);
  });

  it('ignores plays after the user’s first play of a recommended title in the test, because they depend on the slates', () => {
    expect(found.afterASlate.before).toBeNull();
    expect(found.afterASlate.after).toBeCloseTo(Math.log(2), 9);
  });

  it('uses only plays that no recommender chose, of at least 30 users, as evidence', () => {
    const { overPopularity, overChampion, tooFew, none } = found.evidence;
    const lead = (value: number) => ({
      metric: 'unchosen/logRank',
      difference: { value, low: value, high: value },
    });
    expect(overPopularity).toEqual({ incumbent: 'popular', ...lead(0.5) });
    expect(overChampion).toEqual({ incumbent: 'v', ...lead(0.25) });
    expect(tooFew).toEqual({ incumbent: 'popular', undecided: expect.stringContaining('only 29 users') });
    expect(none.undecided).toContain('only 0 users');
  });

  it('does not divide a feature by a standard deviation close to 0', () => {
    const [varied, constant] = found.deviations;
    expect(varied).toBeCloseTo(Math.sqrt(14 / 9), 5);
    expect(constant).toBe(1);
  });
});
