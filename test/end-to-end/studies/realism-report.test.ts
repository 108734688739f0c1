import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gini, mean, quantile } from '#domain/core/paired-and-bootstrap-estimates.ts';
import {
  type Statistics,
  shareOfTop,
  statisticsOf,
} from '../../../functions/universe/realism/interaction-statistics.ts';
import { realInteractions } from '../../../localstack/embedded/studies/realism/real-interactions.ts';
import { agentbricks } from '../../bin/run-command.ts';
import { hasPython, sharedTrainer } from '../../support/prepare-shared-trainer.ts';
import { describeWith } from '../../support/require-server.ts';
import { movieLens100K } from '../movielens/download-movielens-100k.ts';

const MINUTE = 60_000;
const python = await hasPython();
const data = await movieLens100K();
const folder = 'folder' in data ? data.folder : '';

interface Report {
  readonly inside: boolean;
  readonly rows: readonly { name: string; simulated: number[]; real?: number; inside: boolean }[];
}

describeWith(
  'MovieLens-100K',
  folder !== '',
  'missing' in data ? data.missing : '',
)('MovieLens-100K in the realism report', () => {
  let real: Statistics;
  beforeAll(async () => {
    real = statisticsOf(await realInteractions(folder, Date.UTC(2026, 0, 1)));
  }, MINUTE);

  /** Published statistics (GroupLens, Harper & Konstan 2015), and values computed from the file with two lines of numpy. */
  it('has its published statistics', () => {
    expect([real.users, real.items, real.interactions]).toEqual([943, 1682, 100_000]);
    expect(quantile(real.activity, 0.5)).toBe(65);
    expect(mean(real.activity)).toBeCloseTo(106, 0);
    expect(quantile(real.activity, 0.9)).toBeCloseTo(244, -1);
    expect(gini(real.activity)).toBeCloseTo(0.47, 2);
    expect(gini(real.popularity)).toBeCloseTo(0.63, 2);
    expect(shareOfTop(real.popularity, 0.01)).toBeCloseTo(0.07, 2);
    expect(shareOfTop(real.popularity, 0.1)).toBeCloseTo(0.43, 2);
    expect(real.stars.map((share) => Math.round(100 * share))).toEqual([6, 11, 27, 34, 21]);
    expect(real.meanRating).toBeCloseTo(3.53, 2);
  });
});

describeWith(
  'Python and MovieLens-100K',
  python && folder !== '',
  'Install Python 3.10 or later, with pip that reaches a package index.',
)('agentbricks universe report', () => {
  let home: string;
  const report = async (...args: string[]) => {
    const { status, stdout, stderr } = await agentbricks('universe', 'report', '--json', '--home', home, ...args).ended;
    return { status, stderr, report: JSON.parse(stdout) as Report };
  };
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'agentbricks-realism-'));
    await symlink(await sharedTrainer(), join(home, 'trainer'));
  }, 10 * MINUTE);
  afterAll(() => rm(home, { recursive: true }));

  it('finds five worlds inside all bands, next to the real data', { timeout: 3 * MINUTE }, async () => {
    const pictures = join(home, 'pictures');
    const { status, report: found } = await report('--seeds', '1,2,3,4,5', '--against', folder, '--pictures', pictures);
    expect(found.rows.filter(({ inside }) => !inside)).toEqual([]);
    expect(status).toBe(0);
    expect(found.rows).toHaveLength(17);
    for (const { simulated } of found.rows) expect(simulated).toHaveLength(5);
    const real = Object.fromEntries(found.rows.map((row) => [row.name, row.real]));
    expect(real['ratings: mean']).toBeCloseTo(3.53, 2);
    expect(real['learnability: HR@10 of a factorisation']).toBeGreaterThan(0.6);
    expect(await readdir(pictures)).toHaveLength(8);
  });

  it('lists values outside their bands, and exits with status 1', async () => {
    const { status, report: found } = await report('--agents', '300', '--titles', '40', '--days', '40');
    expect(status).toBe(1);
    expect(found.inside).toBe(false);
    expect(found.rows.filter(({ inside }) => !inside).map(({ name }) => name)).toContain('item popularity: Gini');
  });
});

describe('an invalid scenario file', () => {
  it('is rejected with the name of the invalid field', async () => {
    const home = await mkdtemp(join(tmpdir(), 'agentbricks-scenario-'));
    const path = join(home, 'scenario.json');
    const generate = async () =>
      (await agentbricks('universe', 'generate', '--agents', '10', '--titles', '10', '--scenario', path).ended).stderr;
    expect(await generate()).toContain('ENOENT');
    await writeFile(path, '{"bots":"many"}');
    expect(await generate()).toMatch(/bots[\s\S]*docs\/universe\.md/);
    await rm(home, { recursive: true });
  });
});
