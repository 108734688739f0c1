import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentbricks } from '../run-in-process.ts';
import { fakeTrainer } from './fake-trainer.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'agentbricks-trainer-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const estimate = (value: number) => ({ value, low: value - 0.01, high: value + 0.01 });
const COMPARISON = {
  protocol: 'all items are ranked',
  interactions: 12_345,
  users: 1_000,
  items: 600,
  testPairs: 1_000,
  doubts: { testPairsInTrain: 5, testPairsUnknown: 4, repeatedNegatives: 3, takenNegatives: 2 },
  models: ['two-tower', 'popularity'].map((model, i) => ({
    model,
    metrics: { 'hitRate@10': estimate(0.5 - i / 10), 'ndcg@10': estimate(0.25 - i / 10) },
    coverage: 0.4321,
    trainSeconds: 12.34,
    peakBytes: 300 * 2 ** 20,
  })),
  differences: [
    { metric: 'ndcg@10', model: 'two-tower', against: 'popularity', ...estimate(0.1), p: 1e-20 },
    { metric: 'hitRate@10', model: 'two-tower', against: 'popularity', ...estimate(0.1), p: 0.0123 },
  ],
};

describe('evaluate', () => {
  const evaluate = (...more: string[]) =>
    agentbricks('evaluate', '--train', 'train.tsv', '--test', 'test.tsv', '--home', home, ...more);

  it('prints a row per model, the differences, and warnings about the files', async () => {
    fakeTrainer(home, { stdout: COMPARISON, stderr: ['{"stage":"epoch","epoch":1}'] });
    const { status, stdout, stderr } = await evaluate();
    expect(status).toBe(0);
    const [summary, header, first, , ...differences] = stdout.split('\n');
    expect(summary).toBe('12,345 plays, 1,000 users in the test, 600 items, all items are ranked; 95 % intervals');
    expect(header).toMatch(/^ +hitRate@10 +ndcg@10 +coverage +training +peak memory$/);
    expect(first).toMatch(/^two-tower +0\.5000 \(0\.4900–0\.5100\) +0\.2500 \(.*\) +43\.2 % +12\.3 s +300 MiB$/);
    expect(differences).toEqual([
      'ndcg@10: two-tower differs from popularity by 0.1000 (0.0900–0.1100), p < 1e-12',
      'hitRate@10: two-tower differs from popularity by 0.1000 (0.0900–0.1100), p = 0.012',
    ]);
    expect(stderr.split('\n')).toEqual([
      'Warning: 5 of 1,005 test pairs are in the training file too. They are excluded.',
      'Warning: the training file has neither the user nor the item of 4 of 1,000 test pairs.',
      'Warning: 3 negatives occur more than once in their line. Each counts once.',
      'Warning: 2 negatives are test items or items that the user has played. They are excluded.',
    ]);
  });

  it('prints the trainer’s JSON, and passes absolute paths and all options to it', async () => {
    const trainer = fakeTrainer(home, { stdout: COMPARISON });
    const options = ['--negatives', 'n.tsv', '--checkpoints', 'c', '--settings', 's.json', '--k', '5', '--seed', '7'];
    const { stdout } = await evaluate(...options, '--models', 'ials', 'item-knn', '--json');
    expect(JSON.parse(stdout)).toEqual(COMPARISON);
    expect(trainer.arguments()).toEqual([
      ...['-m', 'agentbricks_trainer', 'compare', '--train', resolve('train.tsv'), '--test', resolve('test.tsv')],
      ...['--negatives', resolve('n.tsv'), '--checkpoints', resolve('c'), '--settings', resolve('s.json')],
      ...['--models', 'ials', 'item-knn', '--k', '5', '--seed', '7'],
    ]);
  });

  it('explains an error that the trainer reports', async () => {
    const error = { what: 'line 3 has 2 fields', why: 'a play has a user and an item', fix: 'Correct the line' };
    fakeTrainer(home, { stderr: [JSON.stringify({ error })], status: 1 });
    expect(await evaluate()).toMatchObject({
      status: 1,
      stderr: '✗ line 3 has 2 fields: a play has a user and an item. Correct the line.',
    });
  });
});

describe('search', () => {
  const trial = (number: number, value: number) => ({
    number,
    value,
    seconds: 10,
    settings: { dimensions: 16 * (number + 1), rate: 0.01 },
  });
  const result = (importance: object) => ({
    metric: 'ndcg@10',
    interactions: 5_000,
    users: 400,
    items: 300,
    trials: [trial(0, 0.2), trial(1, 0.25), trial(2, 0.22)],
    best: trial(1, 0.25),
    importance,
  });
  const search = (folder: string, ...more: string[]) =>
    agentbricks('search', '--train', 'train.tsv', '--folder', folder, '--home', home, ...more);

  it('compares the best trial with the defaults, and writes charts', async () => {
    const trainer = fakeTrainer(home, { stdout: result({ dimensions: 0.9 }) });
    const folder = join(home, 'search');
    mkdirSync(folder);
    const { status, stdout } = await search(folder, '--trials', '3');
    expect(status).toBe(0);
    expect(stdout.split('\n')).toEqual([
      '5,000 plays, 400 last plays for validation, 300 items; 3 trials',
      expect.stringMatching(/^ +defaults +trial 1 +importance$/),
      expect.stringMatching(/^ndcg@10 +0\.2000 +0\.2500 +$/),
      expect.stringMatching(/^training +10\.0 s +10\.0 s +$/),
      expect.stringMatching(/^dimensions +16 +32 +0\.90$/),
      expect.stringMatching(/^rate +0\.01 +0\.01 +$/),
      `The charts and best.json are in ${folder}. To test these hyperparameters on unseen data: evaluate --settings ${join(folder, 'best.json')}`,
    ]);
    expect(readFileSync(join(folder, 'history.svg'), 'utf8')).toContain('trial (the first uses the defaults)');
    expect(readFileSync(join(folder, 'importance.svg'), 'utf8')).toContain('Importance of each hyperparameter');
    expect(trainer.arguments().slice(-4)).toEqual(['--trials', '3', '--seed', '0']);
  });

  it('prints JSON, and no importance chart if there is no importance', async () => {
    fakeTrainer(home, { stdout: result({}) });
    const folder = join(home, 'search');
    mkdirSync(folder);
    const { stdout } = await search(folder, '--json');
    expect(JSON.parse(stdout)).toEqual(result({}));
    expect(() => readFileSync(join(folder, 'importance.svg'))).toThrow('ENOENT');
  });

  it('quotes the last lines if the trainer crashes', async () => {
    fakeTrainer(home, { stderr: ['epoch 1', 'Killed'], status: 137 });
    const { status, stderr } = await search(home);
    expect(status).toBe(1);
    expect(stderr).toContain('✗ the trainer failed with the output "epoch 1 Killed"');
  });
});
