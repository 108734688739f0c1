import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  readonly differences: readonly (Estimate & { against: string; p: number })[];
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
    expect(status).toBe(2);
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
    await writeFile(
      path('train.txt'),
      played.map(({ user, items }) => [user, ...items.slice(0, -2)].join(' ')).join('\n'),
    );
    await writeFile(path('test.txt'), played.map(({ user, items }) => [user, ...items.slice(-2)].join(' ')).join('\n'));
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
    const { models, protocol, interactions } = await compared(...lists(), '--models', 'popularity', '--k', '5');
    expect(protocol).toBe('full catalogue');
    const seen = played.map(({ items }) => items.slice(0, -2));
    const wanted = played.map(({ items }) => items.slice(-2));
    expect(interactions).toBe(seen.flat().length);
    const names = [...new Set(played.flatMap(({ items }) => items))].sort();
    const count = (item: string) => seen.flat().filter((other) => other === item).length;
    const order = names.toSorted((a, b) => count(b) - count(a) || names.indexOf(a) - names.indexOf(b));
    const per = played.map((_, user) => {
      const top = order.filter((item) => !seen[user]?.includes(item)).slice(0, 5);
      const gains = top.map((item, place) => (wanted[user]?.includes(item) ? 1 / Math.log2(place + 2) : 0));
      const found = gains.filter((gain) => gain > 0).length;
      return {
        hit: Math.sign(found),
        recall: found / 2,
        ndcg: gains.reduce((a, b) => a + b, 0) / (1 + 1 / Math.log2(3)),
      };
    });
    const mean = (of: (user: (typeof per)[number]) => number) => per.reduce((sum, user) => sum + of(user), 0) / USERS;
    const [popularity] = models;
    expect(popularity?.metrics['hitRate@5']?.value).toBeCloseTo(
      mean(({ hit }) => hit),
      10,
    );
    expect(popularity?.metrics['recall@5']?.value).toBeCloseTo(
      mean(({ recall }) => recall),
      10,
    );
    expect(popularity?.metrics['ndcg@5']?.value).toBeCloseTo(
      mean(({ ndcg }) => ndcg),
      10,
    );
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
    ['no such file', 'missing.tsv', undefined, 'No such file'],
    ['nothing in it', 'empty.tsv', '', 'no first line'],
    ['a line of other columns', 'odd.tsv', 'u\ti\t1\t1\nu\ti\n', 'Expected 4 columns'],
    ['a time that is none', 'time.tsv', 'u\ti\t1\tnoon\n', 'noon'],
    ['no item', 'item.tsv', 'u\ti\t1\t1\nu\t\t1\t1\n', 'line 2 lacks a user or an item'],
  ])('refuse a file with %s, and say how it must be', async (_, name, content, why) => {
    if (content !== undefined) await writeFile(path(name), content);
    const error = await refused('--train', path(name), '--test', path('test.tsv'));
    expect(error.what).toContain(name);
    expect(error.why).toContain(why);
    expect(error.fix).toContain('by tabs');
  });

  it('refuse negatives of another test file', async () => {
    await writeFile(path('other.tsv'), '(user-1,item-1)\titem-2\n');
    const error = await refused(...tabs(), '--negatives', path('other.tsv'));
    expect(error.why).toMatch(/line 1 is about \(user-1,item-1\), and the test file's about \(user-0,/);
  });

  it('need somebody who has played twice, where they learn from what came before', async () => {
    await writeFile(path('once.tsv'), 'a\tx\t1\t1\nb\ty\t1\t1\n');
    const { status, tail } = await compare('--train', path('once.tsv'), '--test', path('test.tsv'));
    expect(status).toBe(2);
    expect(tail.at(-1)).toContain('nobody has played twice');
  });
});
