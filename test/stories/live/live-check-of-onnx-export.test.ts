import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { livePorts } from '../../../bin/learner-code/run-live-check-cities.ts';
import {
  type CityWithModel,
  cityWithModel,
  compareExport,
} from '../../../bin/learner-code/training/compare-slates-of-exports.ts';
import type { LivePorts, LiveReport } from '../../../stories/academy/judging/live-check-types-and-reports.ts';
import { checkpoint } from '../../../stories/movie-recommender/03-model-training/06-the-same-model-elsewhere/check.ts';
import { liveCheck } from '../../../stories/movie-recommender/03-model-training/06-the-same-model-elsewhere/live-check.ts';
import { hasPython, sharedTrainer } from '../../support/prepare-shared-trainer.ts';
import { describeWith } from '../../support/require-server.ts';

const STEP = resolve(
  import.meta.dirname,
  '../../../stories/movie-recommender/03-model-training/06-the-same-model-elsewhere',
);
const WRONG = resolve(import.meta.dirname, '../wrong-files/03.6-onnx-export');
const SIZE = { agents: 150, days: 2 };
/** Milliseconds for a city, a training and an export on a busy machine. */
const timeout = 300_000;

const folder = mkdtempSync(join(tmpdir(), 'agentbricks-live-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const silent = () => undefined;
const cities = new Map<number, Promise<CityWithModel>>();
/** The ports of the live check, except that all files are judged in one city per seed, because each needs a training. */
const ports: LivePorts = {
  ...livePorts(silent),
  runExportedModel: async ({ file, ...size }) => {
    const city = cities.get(size.seed) ?? cityWithModel(size, join(folder, `city-${size.seed}`), silent);
    cities.set(size.seed, city);
    return compareExport(await city, file, silent);
  },
};
const runFile = (file: string, seed = 3): Promise<LiveReport> => liveCheck(SIZE).run({ file }, seed, ports);
async function run(code: string): Promise<LiveReport> {
  const file = join(folder, 'export.py');
  writeFileSync(file, code);
  return await runFile(file);
}

describeWith('Python', await hasPython(), 'Install Python 3.10 or later.')(
  'the live check of 03.6',
  { timeout },
  () => {
    beforeAll(async () => void (await sharedTrainer()), timeout);

    it('passes the solution as `check --live` runs it', async () => {
      const { run } = liveCheck(SIZE);
      expect(await run({ file: join(STEP, 'solution.py') }, 5, livePorts(silent))).toMatchObject({ outcome: 'passed' });
    });

    it('passes the solution, with the figures of the reference', async () => {
      const report = await runFile(join(STEP, 'solution.py'));
      expect(report).toMatchObject({ outcome: 'passed', predicted: { truth: 0 } });
      expect(report.figures.find(({ name }) => name === 'slates without the model')).toMatchObject({ reference: 0 });
    });

    it.each([
      [join(WRONG, 'titles-from-0.py'), /popular titles/],
      [join(WRONG, 'drops-last-row-instead-of-padding.py'), /recommends other titles/],
      [join(STEP, 'mutants/batch-size-baked-in.spellings/1.py'), /popular titles|how many others ask/],
    ])('fails a wrong file for its reason: %s', async (file, reason) => {
      const report = await runFile(file);
      expect(report).toMatchObject({ outcome: 'failed', problem: { what: expect.stringMatching(reason) } });
    });

    it('shows the token of a module that raises it, and fails code that only claims success', async () => {
      const token = 'canary-0b3e';
      expect((await run(checkpoint.canary(token))).problem?.what).toContain(token);
      expect(await run(checkpoint.liar)).toMatchObject({ outcome: 'failed', figures: [] });
    });
  },
);
