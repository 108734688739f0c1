import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TrainingRun } from '#domain/events/all-bricks-seam-types.ts';
import type { Manifest } from '#domain/models/model-manifest.ts';
import { exportSeam } from '../../../bin/learner-code/training/model-export-city-seam.ts';
import { TRAINING_LIMITS, trainConfined } from '../../../bin/learner-code/training/run-confined-trainer.ts';
import type { FunctionStatus } from '../../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import { findStep } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { confinementLevel } from '../../../stories/academy/confinement/find-strongest-confinement.ts';
import { hasPython, sharedTrainer } from '../../support/prepare-shared-trainer.ts';
import { describeWith } from '../../support/require-server.ts';
import { codeOf } from '../learner-workspace.ts';

const TIMEOUT_MS = 600_000;
const step = await findStep('03.6');
const solution = codeOf(step, 'solution.py');
/**
 * The solution, followed by lines that run when the module is imported: before the training, so that the test is quick.
 */
const atImport = (lines: string) => `${solution}\n\n${lines}\n`;
/** The solution, except that `export` first executes these lines. */
const withFirst = (lines: string) =>
  `${solution.replace('def export(', 'def _right(')}\n\ndef export(fitted, run, folder):\n    ${lines}\n    return _right(fitted, run, folder)\n`;

describeWith('Python', await hasPython(), 'Install Python 3.10 or later.')(
  'the trainer with a learner’s export.py',
  { timeout: TIMEOUT_MS },
  () => {
    let folder: string;
    let training: Omit<TrainingRun, 'signal' | 'onLine'>;
    let isConfined: boolean;
    const lines: string[] = [];
    const runWith = (signal = new AbortController().signal): TrainingRun => ({
      ...{ ...training, signal },
      onLine: (line) => void lines.push(line),
    });
    const fileOf = (code: string): string => {
      const file = join(folder, 'export.py');
      writeFileSync(file, code);
      return file;
    };
    const train = (code: string, limits = {}) =>
      trainConfined({ export: fileOf(code) }, { ...runWith(), onLine: () => {} }, { ...TRAINING_LIMITS, ...limits });

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'agentbricks-learners-export-'));
      isConfined = ['bubblewrap', 'unshare'].includes((await confinementLevel()).mechanism);
      const python = join(await sharedTrainer(), 'venv/bin/python');
      const data = join(folder, 'data');
      const made = await run(python, [
        join(TRAINER_PACKAGE, 'tests/support/write_small_run_folder.py'),
        data,
        '60',
        '40',
        '10',
      ]);
      expect(made.status, made.tail.join('\n')).toBe(0);
      // The script's times are those of 1970, which a manifest must not have.
      const meta = JSON.parse(readFileSync(join(data, 'meta.json'), 'utf8')) as object;
      writeFileSync(join(data, 'meta.json'), JSON.stringify({ ...meta, asOf: Date.UTC(2026, 0, 5) }));
      training = { python, data, options: ['--seed', '3', '--code-commit', 'c0ffee'] };
    }, TIMEOUT_MS);
    afterAll(() => rmSync(folder, { recursive: true }));

    it('gives the same model as the reference if the module is right, and reports its progress', async () => {
      const out = join(folder, 'reference');
      const args = ['-m', 'agentbricks_trainer', 'train', '--data', training.data, '--out', out, ...training.options];
      // On processors with AVX-512, the last bits of a sum depend on the number of threads.
      const env = { OMP_NUM_THREADS: String(Math.min(availableParallelism(), TRAINING_LIMITS.cores)) };
      const ended = await run(training.python, args, { cwd: TRAINER_PACKAGE, env });
      expect(ended.status, ended.tail.join('\n')).toBe(0);
      const expected = JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')) as Manifest;
      const trained = await trainConfined({ export: fileOf(solution) }, runWith());
      if (!('files' in trained)) return expect.unreachable(trained.failure.reason);
      const manifest = JSON.parse(Buffer.from(trained.files.get('manifest.json') ?? '').toString()) as Manifest;
      expect(manifest.files).toEqual(expected.files);
      expect(manifest.version).toBe(expected.version);
      for (const { path, bytes } of manifest.files) expect(trained.files.get(path)).toHaveLength(bytes);
      expect(lines.filter((line) => /"stage": "(start|loaded|done)"/.test(line))).toHaveLength(3);
    });

    it.each([
      ['raises an error', atImport("raise ValueError('no')"), {}, /^failed: ValueError: no$/, false],
      ['hangs', atImport('while True: pass'), { total: 60_000 }, /^took too long$/, true],
      ['ends its process', atImport('import os; os._exit(7)'), {}, /^failed/, true],
      [
        'fills the memory',
        atImport('import numpy; numpy.ones(10**10)'),
        {},
        /^(failed: .*MemoryError|used too much memory)/,
        undefined,
      ],
      [
        'writes an invalid manifest',
        withFirst('from agentbricks_trainer.export import write_manifest; write_manifest.FORMAT_VERSION = 9'),
        {},
        /^wrote an invalid manifest\.json: its field formatVersion is invalid/,
        false,
      ],
    ] as const)('says why it has no model if the module %s', async (_, code, limits, reason, endedProcess) => {
      const trained = await train(code, limits);
      expect(trained).toMatchObject({ failure: { reason: expect.stringMatching(reason) } });
      if (endedProcess !== undefined) expect(trained).toMatchObject({ failure: { endedProcess } });
    });

    it('gives the module neither this machine’s files nor a network nor another process', async ({ skip }) => {
      skip(!isConfined, 'this machine has no namespaces');
      const secret = join(folder, 'secret');
      writeFileSync(secret, 'a secret');
      const lines = [
        'import os, socket, subprocess',
        'found = []',
        'for name, tried in {',
        `    'file': lambda: open('${secret}').read(),`,
        `    'written': lambda: open('${training.data}/mine', 'w'),`,
        "    'network': lambda: socket.create_connection(('127.0.0.1', 22), 1),",
        "    'process': lambda: subprocess.run(['/bin/true'], check=True),",
        '}.items():',
        '    try:',
        '        tried()',
        '        found.append(name)',
        '    except (OSError, ValueError):',
        '        pass',
        "raise ValueError(f'found {found}')",
      ];
      expect(await train(atImport(lines.join('\n')))).toMatchObject({
        failure: { reason: 'failed: ValueError: found []' },
      });
    });

    it('stops with the pipeline', async () => {
      const stop = new AbortController();
      const stopped = trainConfined({ export: fileOf(solution) }, runWith(stop.signal));
      stop.abort(new Error('the city stops'));
      await expect(stopped).rejects.toThrow('the city stops');
    });

    it('is replaced by the reference after three failed trainings in a row, each counted', async () => {
      const statuses: FunctionStatus[] = [];
      const limits = { ...TRAINING_LIMITS, total: 100 };
      using seam = await exportSeam(limits).start(fileOf(solution), (status) => statuses.push(status));
      for (let week = 1; week <= 4; week++) expect(await seam.seams.trainOutside?.(runWith())).toBeUndefined();
      expect(statuses).toMatchObject([
        { name: 'export', runs: 'learner', calls: 1, failedCalls: 1, endedProcesses: 1, lastFailure: 'took too long' },
        { runs: 'learner', calls: 2 },
        { runs: 'reference', calls: 3, failedCalls: 3, endedProcesses: 3 },
      ]);
    });
  },
);
