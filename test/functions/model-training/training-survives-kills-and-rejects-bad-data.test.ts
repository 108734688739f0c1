import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Manifest, Segment } from '#domain/models/model-manifest.ts';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import { hasPython, sharedTrainer } from '../../support/prepare-shared-trainer.ts';
import { describeWith } from '../../support/require-server.ts';

const MINUTE = 60_000;
/** Exit status for invalid input. */
const INVALID = 2;
/** Limits the trainer to one thread. For a few hundred plays, a second thread costs more time than it saves. */
const ONE_THREAD = { OMP_NUM_THREADS: '1' };

/** Parses a manifest, and sets its training time to 0. */
const lasting = (manifest: string) => ({ ...(JSON.parse(manifest) as object), trainedAt: 0 });

describeWith(
  'Python',
  await hasPython(),
  'Install Python 3.10 or later.',
)('a training', () => {
  let folder: string;
  let python: string;
  const path = (name: string) => join(folder, name);
  const data = async (name: string, ...sizes: readonly (number | string)[]) => {
    const script = join(TRAINER_PACKAGE, 'tests/support/write_small_run_folder.py');
    const made = await run(python, [script, path(name), ...sizes.map(String)]);
    expect(made.status, made.tail.join('\n')).toBe(0);
    return path(name);
  };
  const argumentsOf = (from: string, out: string, ...more: string[]) => [
    ...['-m', 'agentbricks_trainer', 'train', '--data', from, '--out', path(out), ...more],
  ];
  const train = async (from: string, out: string, ...more: string[]) => {
    const output: string[] = [];
    const onLine = (line: string) => output.push(line);
    const ended = await run(python, argumentsOf(from, out, ...more), { cwd: TRAINER_PACKAGE, env: ONE_THREAD, onLine });
    return { ...ended, output: output.join('\n') };
  };
  const rejected = async (from: string) => {
    const { status, tail } = await train(from, 'rejected');
    expect(status, tail.join('\n')).toBe(INVALID);
    expect(existsSync(path('rejected/manifest.json'))).toBe(false);
    return (JSON.parse(tail.at(-1) ?? '{}') as { error: { what: string; why: string; fix: string } }).error;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-robust-'));
    python = join(await sharedTrainer(), 'venv/bin/python');
    await data('complete', 60, 40, 10);
  }, 10 * MINUTE);
  afterAll(() => rm(folder, { recursive: true }));

  it('reports quality by segment: users by number of plays, titles by popularity, countries', async () => {
    const { status, output } = await train(path('complete'), 'segmented');
    expect(status, output).toBe(0);
    const manifest = JSON.parse(await readFile(path('segmented/manifest.json'), 'utf8')) as Manifest;
    const segments = manifest.segments ?? [];
    const of = (kind: Segment['kind']) => segments.filter((segment) => segment.kind === kind);
    const overall = manifest.metrics.globalTime?.candidate?.['ndcg@10']?.value ?? Number.NaN;
    // Each user is in one segment of these kinds, so the weighted mean of the segments equals the overall mean.
    for (const kind of ['users', 'country'] as const) {
      const users = of(kind).reduce((sum, segment) => sum + segment.users, 0);
      const total = of(kind).reduce(
        (sum, { users: mine, metrics }) => sum + mine * (metrics.candidate?.['ndcg@10']?.value ?? 0),
        0,
      );
      expect(users, kind).toBe(60);
      expect(total / users, kind).toBeCloseTo(overall, 9);
    }
    expect(of('country').map(({ name }) => name)).toEqual(['other']);
    expect(of('titles').map(({ name }) => name)).toEqual(['popular', 'rare']);
    for (const { metrics, users } of of('titles')) {
      expect(users).toBeLessThanOrEqual(60);
      expect(Object.keys(metrics)).toEqual(['candidate', 'popular']);
    }
  });

  /** Starts a training and kills it when it reports a stage for the nth time. */
  async function killedAt(stage: string, nth: number): Promise<void> {
    const args = argumentsOf(path('complete'), 'killed', '--checkpoints', path('checkpoints'));
    const child: ChildProcess = spawn(python, args, {
      cwd: TRAINER_PACKAGE,
      env: { ...process.env, ...ONE_THREAD },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const closed = once(child, 'close');
    let met = 0;
    if (child.stderr) {
      for await (const line of createInterface({ input: child.stderr })) {
        if (line.includes(`"stage": "${stage}"`) && ++met === nth) child.kill('SIGKILL');
      }
    }
    expect(await closed).toEqual([null, 'SIGKILL']);
  }

  it('that is killed three times resumes from its checkpoint and produces the same bytes', {
    timeout: 2 * MINUTE,
  }, async () => {
    const complete = await train(path('complete'), 'alone');
    expect(complete.status, complete.tail.join('\n')).toBe(0);
    await killedAt('towers', 2);
    await killedAt('evaluated', 1);
    await killedAt('towers', 2);
    const resumed = await train(path('complete'), 'killed', '--checkpoints', path('checkpoints'));
    expect(resumed.status).toBe(0);
    expect(resumed.output).toContain('towers resumed');
    expect(lasting(resumed.stdout)).toEqual(lasting(complete.stdout));
    for (const name of ['user-tower.onnx', 'model.onnx', 'index.faiss', 'item-vectors.f32'])
      expect(await readFile(path(`killed/${name}`))).toEqual(await readFile(path(`alone/${name}`)));
  });

  it('starts again and logs the reason if its checkpoint is damaged', { timeout: MINUTE }, async () => {
    await train(path('complete'), 'first', '--checkpoints', path('damaged'));
    const [name = ''] = await readdir(path('damaged'));
    await writeFile(path(`damaged/${name}`), 'not a checkpoint');
    const { status, output } = await train(path('complete'), 'second', '--checkpoints', path('damaged'));
    expect(status).toBe(0);
    expect(output).toContain('checkpoint rejected');
  });

  it.each([
    ['of one user', [1, 40, 10], '1 users'],
    ['of one title', [60, 1, 1], '1 titles'],
    ['without an interaction', [60, 40, 0], 'there are 0 plays'],
    ['where nobody has played twice', [60, 40, 1], 'have an earlier play'],
    ['with a number that is none', [60, 40, 10, 'nan'], 'title_playsTotal is nan in 1 of'],
  ])('%s is rejected with the reason', { timeout: MINUTE }, async (name, sizes, what) => {
    const error = await rejected(await data(name.replaceAll(' ', '-'), ...sizes));
    expect(error.what).toContain(what);
    expect(error.fix).not.toBe('');
  });

  it('of three users and six titles produces a valid model, to which the next model is compared', {
    timeout: MINUTE,
  }, async () => {
    const tiny = await data('tiny', 3, 6, 6);
    const first = await train(tiny, 'tiny-out');
    expect(first.status, first.tail.join('\n')).toBe(0);
    const { version, rows } = JSON.parse(first.stdout) as Manifest;
    expect(rows).toMatchObject({ users: 3, titles: 6 });
    // These data contain no play of an explored title.
    const next = await train(tiny, 'tiny-next', '--champion', path('tiny-out'));
    expect(next.status, next.tail.join('\n')).toBe(0);
    expect(JSON.parse(next.stdout)).toMatchObject({ gate: { incumbent: version } });
  });

  it('reports a full disk and writes no manifest', { timeout: MINUTE }, async () => {
    // Limits each file to 16 KiB: the checkpoints are smaller, the model is larger.
    const limited = ['-c', 'ulimit -f 16; exec "$0" "$@"', python, ...argumentsOf(path('complete'), 'full')];
    const { status, tail } = await run('bash', limited, { cwd: TRAINER_PACKAGE, env: ONE_THREAD });
    expect(status, tail.join('\n')).toBe(INVALID);
    expect(tail.at(-1)).toContain('the model could not be written');
    expect(existsSync(path('full/manifest.json'))).toBe(false);
  });
});
