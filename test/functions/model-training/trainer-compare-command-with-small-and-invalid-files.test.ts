import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { hasPython, sharedTrainer } from '../../support/prepare-shared-trainer.ts';
import { describeWith } from '../../support/require-server.ts';
import { type Comparison, comparer, ONE_THREAD } from './run-trainer-compare-command.ts';

const MINUTE = 60_000;

describeWith(
  'Python',
  await hasPython(),
  'Install Python 3.10 or later.',
)('comparisons of small or wrong files', () => {
  let folder: string;
  let python: string;
  const path = (name: string) => join(folder, name);
  const { compared, rejected } = comparer(() => python);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-compare-small-'));
    python = join(await sharedTrainer(), 'venv/bin/python');
    await writeFile(path('train.tsv'), 'u\ta\t4\t1\nu\tb\t4\t2\nv\ta\t4\t1\nv\tc\t4\t2\n');
    await writeFile(path('test.tsv'), 'u\tc\t4\t3\nv\tb\t4\t3\n');
  }, 10 * MINUTE);
  afterAll(() => rm(folder, { recursive: true }));
  const tabs = () => ['--train', path('train.tsv'), '--test', path('test.tsv')];

  it.each([
    ['a missing file', 'missing.tsv', undefined, 'No such file'],
    ['a file without test plays', 'empty.txt', 'u \nv\n', 'names an item'],
    ['package.json', 'package.json', '{\n  "name": "x"\n}\n', 'it is JSON'],
    ['a folder', '.', undefined, 'Is a directory'],
  ])('reject %s before any training, and name the file', async (_, name, content, why) => {
    if (content !== undefined) await writeFile(path(name), content);
    for (const files of [
      ['--train', path(name), '--test', path('test.tsv')],
      ['--train', path('train.tsv'), '--test', path(name)],
      [...tabs(), '--negatives', path(name)],
    ]) {
      const { what, why: reason } = await rejected(...files);
      expect(what).toContain(path(name).replace(/\/\.$/, ''));
      expect(reason).toMatch(files.includes('--negatives') && name === 'empty.txt' ? 'does not begin with' : why);
    }
  });

  it.each([
    ['--k', '0', '--k is 0'],
    ['--k', '1001', '--k is 1001'],
    ['--seed', '-1', '--seed is -1'],
    ['--settings', 'train.tsv', 'has no valid settings'],
  ])('reject %s %s', async (option, value, what) => {
    const given = option === '--settings' ? path(value) : value;
    expect((await rejected(...tabs(), '--models', 'popularity', option, given)).what).toContain(what);
  });

  it('reject settings if none of the models has settings', async () => {
    await writeFile(path('settings.json'), '{"epochs": 2}');
    const { why } = await rejected(...tabs(), '--models', 'popularity', '--settings', path('settings.json'));
    expect(why).toBe('only two-tower has settings');
  });

  it('ignore test pairs that are in the training file, and report their number', async () => {
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
    const error = await rejected('--train', path('known.tsv'), '--test', path('known.tsv'));
    expect(error.what).toMatch(/^all 4 pairs of .*known\.tsv are in .*known\.tsv too$/);
  });

  it('rank each item among distinct negatives that its user has not played', async () => {
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
    const { why } = await rejected(...files, '--negatives', path('few-negatives.tsv'));
    expect(why).toContain('pair 1 has only negatives that its user has played');
  });

  it('compute coverage over recommendable items only, even if k exceeds the catalogue', {
    timeout: 3 * MINUTE,
  }, async () => {
    await writeFile(path('abc.tsv'), 'u\ta\nv\ta\nw\ta\nu\tb\nv\tb\nw\tc\n');
    await writeFile(path('abc-test.tsv'), 'u\tc\nv\tc\nw\tb\n');
    const files = ['--train', path('abc.tsv'), '--test', path('abc-test.tsv')];
    const { models } = await compared(...files, '--models', 'popularity', 'item-knn', 'ials', '--k', '50');
    for (const { model, coverage, metrics } of models) {
      expect(coverage, model).toBeCloseTo(2 / 3, 10);
      expect(metrics['ndcg@50']?.value, model).toBe(1);
    }
  });

  it('have no p-value for a single user, and evaluate prints a dash for it', { timeout: 3 * MINUTE }, async () => {
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
});
