import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/trainer-environment.ts';
import { describeWith } from '../../support/require-server.ts';
import { hasPython, sharedTrainer } from '../../support/trainer-python.ts';

const MINUTE = 60_000;
/** Limit of the largest deviation of 36 means, in standard errors. Its expected value is 2.5. */
const FAR = 4.5;
/** Five standard errors of a share of 500 seeds, or of 3,000 ranked users. */
const [SHARE_ERROR, RATE_ERROR] = [0.11, 0.04];

describeWith(
  'Python',
  await hasPython(),
  'Install Python 3.10 or later.',
)('ties', () => {
  let folder: string;
  let found: {
    readonly deviations: readonly number[];
    readonly hitRates: Readonly<Record<string, number>>;
    readonly lastPlays: Readonly<Record<string, number>>;
    readonly fewTitles: Readonly<Record<string, readonly [users: number, hitRate: number] | string>>;
    readonly p: readonly (number | null)[];
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-ties-'));
    const python = join(await sharedTrainer(), 'venv/bin/python');
    const script = join(import.meta.dirname, 'ties.py');
    const env = { PYTHONPATH: TRAINER_PACKAGE, OMP_NUM_THREADS: '1' };
    const { stdout, status, tail } = await run(python, [script, folder], { env });
    expect(status, tail.join('\n')).toBe(0);
    found = JSON.parse(stdout) as typeof found;
  }, 10 * MINUTE);
  afterAll(() => rm(folder, { recursive: true }));

  it('of scores give the mean metric over all orders of the tied items, in both protocols and for any k', () => {
    expect(found.deviations).toHaveLength(36);
    expect(Math.max(...found.deviations)).toBeLessThan(FAR);
  });

  it('of scores are broken independently of the items’ names and of the order of lines', () => {
    for (const rate of Object.values(found.hitRates)) expect(Math.abs(rate - 1 / 5)).toBeLessThan(RATE_ERROR);
  });

  it('of times are broken at random, so each of the latest plays may be the last one', () => {
    const { d, ...latest } = found.lastPlays;
    expect(d).toBe(0);
    for (const share of Object.values(latest)) expect(Math.abs(share - 1 / 3)).toBeLessThan(SHARE_ERROR);
  });

  it('do not come from items that the user has played, even if fewer than 99 others exist', () => {
    const { some, 'all but one': allButOne, everything } = found.fewTitles;
    expect(some).toEqual([20, 1]);
    expect(allButOne).toEqual([20, 1]);
    expect(everything).toContain('ranked against items that its user never played');
  });

  it('of all differences have no p-value, because the t-test is undefined for one user and for a constant difference other than 0', () => {
    const [one, oneWithout, same, sameButRounded, none, several] = found.p;
    expect([one, oneWithout, same, sameButRounded, none]).toEqual([null, null, null, null, 1]);
    expect(several).toBeGreaterThan(0.1);
  });
});
