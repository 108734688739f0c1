import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MODELS } from '#domain/recommenders.ts';
import { run } from '../../../localstack/embedded/trainer/child.ts';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/environment.ts';
import { describeWith } from '../../requirement.ts';
import { hasPython, sharedTrainer } from '../../trainer.ts';

const MINUTE = 60_000;
/** So few plays are no work for two threads, which would wait for one another. */
const ONE_THREAD = { OMP_NUM_THREADS: '1' };
const USERS = 120;
const GROUPS = 4;
const ROUND = 14;
const PLAYS = 12;
// Those of all rounds, and one that everybody knows.
const ITEMS = 1 + GROUPS * ROUND;

interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}
interface Comparison {
  readonly protocol: string;
  readonly interactions: number;
  readonly users: number;
  readonly models: readonly { model: string; metrics: Record<string, Estimate>; coverage: number; peakBytes: number }[];
  readonly testPairs: number;
  readonly doubts: Readonly<Record<string, number>>;
  readonly differences: readonly (Estimate & { against: string; p: number | null })[];
}

/** Everybody goes round the items of their group, each from another place; item 0 is known to all. */
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
  const compare = (...args: string[]) =>
    run(python, ['-m', 'agentbricks_trainer', 'compare', ...args], { cwd: TRAINER_PACKAGE, env: ONE_THREAD });
  const compared = async (...args: string[]) => {
    const { status, stdout, tail } = await compare(...args);
    expect(status, tail.join('\n')).toBe(0);
    return JSON.parse(stdout) as Comparison;
  };
  const refused = async (...args: string[]) => {
    const { status, tail } = await compare(...args);
    expect(status, tail.join('\n')).toBe(2);
    expect(tail.join('\n')).not.toContain('evaluated');
    return (JSON.parse(tail.at(-1) ?? '{}') as { error: { what: string; why: string; fix: string } }).error;
  };

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

  it('are all trained and set side by side: what learns beats what only counts', { timeout: 3 * MINUTE }, async () => {
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

  it('are ranked as popularity is by hand, over the whole catalogue', async () => {
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
      const gains = top.map((item, place) => (items.includes(item) ? 1 / Math.log2(place + 2) : 0));
      const found = gains.filter((gain) => gain > 0).length;
      return [Math.sign(found), gains.reduce((a, b) => a + b, 0) / (1 + 1 / Math.log2(3)), found / 2];
    });
    for (const [i, metric] of ['hitRate@5', 'ndcg@5', 'recall@5'].entries()) {
      const mean = per.reduce((sum, values) => sum + (values[i] ?? 0), 0) / wanted.length;
      expect(models[0]?.metrics[metric]?.value, metric).toBeCloseTo(mean, 10);
    }
  });

  it('measure NDCG as scikit-learn does', async () => {
    const script = `
import numpy as np
from sklearn.metrics import ndcg_score
from agentbricks_trainer import metrics
random = np.random.default_rng(1)
wanted = random.random((200, 30)) < 0.2
wanted[~wanted.any(1), 0] = True
scores = random.random((200, 30))
order = np.argsort(-scores, axis=1)[:, :10]
ours = metrics.per_user(np.take_along_axis(wanted, order, axis=1), wanted.sum(1))["ndcg@10"].mean()
print(abs(ours - ndcg_score(wanted.astype(float), scores, k=10)))`;
    const { stdout, tail } = await run(python, ['-c', script], { cwd: TRAINER_PACKAGE });
    expect(Number(stdout), tail.join('\n')).toBeLessThan(1e-12);
  });

  it('show newcomers, and items that nobody has played, what popularity shows', async () => {
    await writeFile(path('new.tsv'), 'nobody\titem-1\t1\t1\nuser-1\titem-of-tomorrow\t1\t1\n');
    const { models, users } = await compared('--train', path('train.tsv'), '--test', path('new.tsv'));
    expect(users).toBe(2);
    expect(Number.isFinite(models[0]?.metrics['ndcg@10']?.value)).toBe(true);
  });

  it.each([
    ['a missing file', 'missing.tsv', undefined, 'No such file'],
    ['a file without test plays', 'empty.txt', 'user-1 \nuser-2\n', 'names an item'],
    ['package.json', 'package.json', '{\n  "name": "x"\n}\n', 'it is JSON'],
    ['a folder', '.', undefined, 'Is a directory'],
  ])('reject %s before any training, and name the file', async (_, name, content, why) => {
    if (content !== undefined) await writeFile(path(name), content);
    for (const files of [
      ['--train', path(name), '--test', path('test.tsv')],
      ['--train', path('train.tsv'), '--test', path(name)],
      [...tabs(), '--negatives', path(name)],
    ]) {
      const { what, why: said } = await refused(...files);
      expect(what).toContain(path(name).replace(/\/\.$/, ''));
      expect(said).toMatch(files.includes('--negatives') && name === 'empty.txt' ? 'does not begin with' : why);
    }
  });

  it('reject negatives of another test file', async () => {
    await writeFile(path('other.tsv'), '(user-1,item-1)\titem-2\n');
    const error = await refused(...tabs(), '--negatives', path('other.tsv'));
    expect(error.why).toMatch(/line 1 is about \(user-1,item-1\), and the test file's about \(user-0,/);
  });

  it.each([
    ['--k', '0', '--k is 0'],
    ['--k', '1001', '--k is 1001'],
    ['--seed', '-1', '--seed is -1'],
    ['--settings', 'train.tsv', 'has no valid settings'],
  ])('reject %s %s', async (option, value, what) => {
    const given = option === '--settings' ? path(value) : value;
    expect((await refused(...tabs(), '--models', 'popularity', option, given)).what).toContain(what);
  });

  it('reject settings where no model has any', async () => {
    await writeFile(path('settings.json'), '{"epochs": 2}');
    const { why } = await refused(...tabs(), '--models', 'popularity', '--settings', path('settings.json'));
    expect(why).toBe('only two-tower has settings');
  });

  it('leave out test pairs that are in the training file, and say how many', async () => {
    await writeFile(path('known.tsv'), 'a\tx\nb\tx\nb\ty\nc\tx\n');
    await writeFile(path('some-known.tsv'), 'a\tx\na\ty\nc\ty\n');
    const files = [
      '--train',
      path('known.tsv'),
      '--test',
      path('some-known.tsv'),
      '--models',
      'popularity',
      '--k',
      '1',
    ];
    const { doubts, testPairs, models, users } = await compared(...files);
    expect([testPairs, doubts.testPairsInTrain]).toEqual([2, 1]);
    expect([users, models[0]?.metrics['recall@1']?.value, models[0]?.metrics['ndcg@1']?.value]).toEqual([2, 1, 1]);
    const error = await refused('--train', path('known.tsv'), '--test', path('known.tsv'));
    expect(error.what).toMatch(/^all 4 pairs of .*known\.tsv are in .*known\.tsv too$/);
  });

  it('rank each item among distinct negatives that its user has not taken', async () => {
    const users = Array.from({ length: 8 }, (_, i) => `u${i}`);
    const best = 'v0\tbest\nv1\tbest\nv2\tbest\nv3\tother\nv4\tother\nv5\tthird\n';
    await writeFile(path('few.tsv'), users.map((user) => `${user}\tfirst\n`).join('') + best);
    await writeFile(path('few-test.tsv'), users.map((user) => `${user}\tother\n`).join(''));
    const lines = users.map((user) => `(${user},other)\tother\tbest\tbest\tfirst\tthird\n`);
    await writeFile(path('few-negatives.tsv'), lines.join(''));
    const files = ['--train', path('few.tsv'), '--test', path('few-test.tsv'), '--models', 'popularity', '--k', '2'];
    const { doubts, models, protocol } = await compared(...files, '--negatives', path('few-negatives.tsv'));
    expect(protocol).toBe('2 negatives');
    expect(doubts).toMatchObject({ repeatedNegatives: 8, takenNegatives: 16 });
    expect(models[0]?.metrics['hitRate@2']?.value).toBe(1);
    expect(models[0]?.metrics['ndcg@2']?.value).toBeCloseTo(1 / Math.log2(3), 10);
    await writeFile(path('few-negatives.tsv'), users.map((user) => `(${user},other)\tother\tfirst\n`).join(''));
    const { why } = await refused(...files, '--negatives', path('few-negatives.tsv'));
    expect(why).toContain('pair 1 has only items that its user has taken');
  });

  it('cover only items that can be recommended, where k exceeds the catalogue', async () => {
    await writeFile(path('abc.tsv'), 'u\ta\nv\ta\nw\ta\nu\tb\nv\tb\nw\tc\n');
    await writeFile(path('abc-test.tsv'), 'u\tc\nv\tc\nw\tb\n');
    const files = ['--train', path('abc.tsv'), '--test', path('abc-test.tsv')];
    const { models } = await compared(...files, '--models', 'popularity', 'item-knn', 'ials', '--k', '50');
    for (const { model, coverage, metrics } of models) {
      expect(coverage, model).toBeCloseTo(2 / 3, 10);
      expect(metrics['ndcg@50']?.value, model).toBe(1);
    }
  });

  it('learn from fractions of a second as from milliseconds', async () => {
    const train = (time: (place: number) => string) =>
      played.flatMap(({ user, items }) => items.slice(0, -1).map((item, i) => `${user}\t${item}\t4\t${time(i)}\n`));
    await writeFile(path('fractions.tsv'), train((i) => (0.5 + i / 1_000).toFixed(3)).join(''));
    await writeFile(path('milliseconds.tsv'), train((i) => `${1_593_877_838_500 + i}`).join(''));
    const metricsOf = async (file: string) =>
      (await compared('--train', path(file), '--test', path('test.tsv'))).models[0]?.metrics;
    expect(await metricsOf('fractions.tsv')).toEqual(await metricsOf('milliseconds.tsv'));
  });

  it('have no p where one user is ranked; evaluate prints a dash for it', async () => {
    await writeFile(path('y.tsv'), 'a\ty\nb\ty\nb\tz\nc\tx\nd\tx\ne\tx\n');
    await writeFile(path('z.tsv'), 'a\tz\n');
    const files = ['--train', path('y.tsv'), '--test', path('z.tsv'), '--models', 'popularity', 'item-knn', '--k', '1'];
    const evaluate = async (...more: string[]) => {
      const args = [resolve('bin/agentbricks.ts'), 'evaluate', ...files, ...more];
      const { status, stdout, tail } = await run(process.execPath, args, { env: ONE_THREAD });
      expect(status, tail.join('\n')).toBe(0);
      return stdout;
    };
    const { models, differences } = JSON.parse(await evaluate('--json')) as Comparison;
    expect(models.map(({ metrics }) => metrics['hitRate@1']?.value)).toEqual([0, 1]);
    expect(differences.map(({ p }) => p)).toEqual([null]);
    expect(await evaluate()).toMatch(/popularity differs from item-knn by .*, p = –\n/);
  });

  it('need somebody who has played twice, where they learn from what came before', async () => {
    await writeFile(path('once.tsv'), 'a\tx\t1\t1\nb\ty\t1\t1\n');
    const { status, tail } = await compare('--train', path('once.tsv'), '--test', path('test.tsv'));
    expect(status).toBe(2);
    expect(tail.at(-1)).toContain('nobody has played twice');
  });
});
