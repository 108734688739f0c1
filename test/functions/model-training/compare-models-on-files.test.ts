import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MODELS } from '#domain/models/recommender-algorithm-names.ts';
import { hasPython, sharedTrainer } from '../../support/prepare-shared-trainer.ts';
import { describeWith } from '../../support/require-server.ts';
import { comparer } from './run-trainer-compare-command.ts';

const MINUTE = 60_000;
const USERS = 120;
const GROUPS = 4;
const ROUND = 14;
const PLAYS = 12;
/** Number of items: item 0, which all users have played, and ROUND items per group. */
const ITEMS = 1 + GROUPS * ROUND;

/** Items that each user plays: item 0, then those of the user's group in circular order, from a different start. */
const played = Array.from({ length: USERS }, (_, user) => {
  const [group, start] = [user % GROUPS, Math.floor(user / GROUPS)];
  const round = Array.from({ length: PLAYS }, (_, i) => 1 + ((start + i) % ROUND) * GROUPS + group);
  return { user: `user-${user}`, items: ['item-0', ...round.map((item) => `item-${item}`)] };
});

describeWith(
  'Python',
  await hasPython(),
  'Install Python 3.10 or later.',
)('models on files', () => {
  let folder: string;
  let python: string;
  const path = (name: string) => join(folder, name);
  const { compared, rejected } = comparer(() => python);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-compare-'));
    python = join(await sharedTrainer(), 'venv/bin/python');
    const train = played.flatMap(({ user, items }) =>
      items.slice(0, -1).map((item, time) => `${user}\t${item}\t4\t${time}`),
    );
    const test = played.map(({ user, items }) => `${user}\t${items.at(-1)}\t4\t99`);
    const negatives = played.map(({ user, items }) => {
      const others = Array.from({ length: ITEMS }, (_, i) => `item-${i}`).filter((item) => !items.includes(item));
      return [`(${user},${items.at(-1)})`, ...others.slice(0, 30)].join('\t');
    });
    await writeFile(path('train.tsv'), `${train.join('\n')}\n`);
    await writeFile(path('test.tsv'), `${test.join('\n')}\n`);
    await writeFile(path('negatives.tsv'), `${negatives.join('\n')}\n`);
  }, 10 * MINUTE);
  afterAll(() => rm(folder, { recursive: true }));
  const tabs = () => ['--train', path('train.tsv'), '--test', path('test.tsv')];
  const lists = () => ['--train', path('train.txt'), '--test', path('test.txt')];

  it('are all trained and compared, and models that learn beat popularity', { timeout: 3 * MINUTE }, async () => {
    const { models, differences, protocol, users } = await compared(
      ...tabs(),
      '--negatives',
      path('negatives.tsv'),
      '--models',
      ...MODELS,
    );
    expect([protocol, users]).toEqual(['30 negatives', USERS]);
    const hits = Object.fromEntries(models.map(({ model, metrics }) => [model, metrics['hitRate@10']?.value ?? 0]));
    expect(Object.keys(hits)).toEqual([...MODELS]);
    for (const learned of ['two-tower', 'ials', 'item-knn'])
      expect(hits[learned]).toBeGreaterThan((hits.popularity ?? 1) + 0.2);
    expect(differences.map(({ against }) => against)).toEqual(MODELS.slice(1));
    const overPopular = differences.at(-1);
    expect(overPopular?.low).toBeGreaterThan(0);
    expect(overPopular?.p).toBeLessThan(0.001);
    for (const { peakBytes } of models) expect(peakBytes).toBeGreaterThan(2 ** 25);
  });

  it('rank the full catalogue with the metrics of a calculation by hand', async () => {
    // Item j is played by all users from the j-th on, so that no two items are equally popular.
    const names = Array.from({ length: 24 }, (_, i) => `i${i}`);
    const seen = names.map((_, user) => names.slice(0, user + 1));
    const wanted = names.slice(0, 18).map((_, user) => [`i${user + 1 + (user % 4)}`, `i${user + 5}`]);
    const written = (lists: readonly string[][]) =>
      lists.map((items, user) => ['u', user, ' ', items.join(' ')].join('')).join('\n');
    await writeFile(path('train.txt'), written(seen));
    await writeFile(path('test.txt'), written(wanted));
    const { models, protocol, interactions, users } = await compared(...lists(), '--models', 'popularity', '--k', '5');
    expect([protocol, interactions, users]).toEqual(['full catalogue', seen.flat().length, wanted.length]);
    const per = wanted.map((items, user) => {
      const top = names.filter((item) => !seen[user]?.includes(item)).slice(0, 5);
      const gains = top.map((item, position) => (items.includes(item) ? 1 / Math.log2(position + 2) : 0));
      const found = gains.filter((gain) => gain > 0).length;
      return [Math.sign(found), gains.reduce((a, b) => a + b, 0) / (1 + 1 / Math.log2(3)), found / 2];
    });
    for (const [i, metric] of ['hitRate@5', 'ndcg@5', 'recall@5'].entries()) {
      const mean = per.reduce((sum, values) => sum + (values[i] ?? 0), 0) / wanted.length;
      expect(models[0]?.metrics[metric]?.value, metric).toBeCloseTo(mean, 10);
    }
  });

  it('rank by popularity for new users, and include items without plays', async () => {
    const pairs = ['nobody\titem-1', 'user-1\titem-of-tomorrow', 'nobody\titem-of-tomorrow'];
    await writeFile(path('new.tsv'), pairs.map((pair) => `${pair}\t1\t1\n`).join(''));
    const { models, users, doubts } = await compared('--train', path('train.tsv'), '--test', path('new.tsv'));
    expect([users, doubts.testPairsUnknown]).toEqual([2, 1]);
    expect(Number.isFinite(models[0]?.metrics['ndcg@10']?.value)).toBe(true);
  });

  it('reject negatives of another test file', async () => {
    await writeFile(path('other.tsv'), '(user-1,item-1)\titem-2\n');
    const error = await rejected(...tabs(), '--negatives', path('other.tsv'));
    expect(error.why).toMatch(/line 1 is for \(user-1,item-1\), and the test file has \(user-0,/);
  });

  it('give the same result for times in fractions of a second and in milliseconds', {
    timeout: 3 * MINUTE,
  }, async () => {
    const train = (time: (position: number) => string) =>
      played.flatMap(({ user, items }) => items.slice(0, -1).map((item, i) => `${user}\t${item}\t4\t${time(i)}\n`));
    await writeFile(path('fractions.tsv'), train((i) => (0.5 + i / 1_000).toFixed(3)).join(''));
    await writeFile(path('milliseconds.tsv'), train((i) => `${1_593_877_838_500 + i}`).join(''));
    const metricsOf = async (file: string) =>
      (await compared('--train', path(file), '--test', path('test.tsv'))).models[0]?.metrics;
    expect(await metricsOf('fractions.tsv')).toEqual(await metricsOf('milliseconds.tsv'));
  });

  it('reject plays in which no user has two, because models learn from the earlier one', async () => {
    await writeFile(path('once.tsv'), 'a\tx\t1\t1\nb\ty\t1\t1\n');
    const { why } = await rejected('--train', path('once.tsv'), '--test', path('test.tsv'));
    expect(why).toContain('no user has played twice');
  });
});
