import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { livePorts } from '../../../bin/learner-code/run-live-check-cities.ts';
import type { LiveReport } from '../../../stories/academy/judging/live-check-types-and-reports.ts';
import { checkpoint } from '../../../stories/movie-recommender/06-orchestration/01-one-run-written-down/check.ts';
import { liveCheck } from '../../../stories/movie-recommender/06-orchestration/01-one-run-written-down/live-check.ts';

const STEP = resolve(
  import.meta.dirname,
  '../../../stories/movie-recommender/06-orchestration/01-one-run-written-down',
);
const WRONG = resolve(import.meta.dirname, '../wrong-files/06.1-pipeline-definition');
const SIZE = { agents: 30, hours: 6 };
const SEED = 3;
const timeout = 240_000;

const folder = mkdtempSync(join(tmpdir(), 'agentbricks-live-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (file: string): Promise<LiveReport> =>
  liveCheck(SIZE).run(
    { file },
    SEED,
    livePorts(() => undefined),
  );
const required = ({ figures }: LiveReport) => figures.filter((each) => each.required).map(({ yours }) => yours);

describe('the live check of 06.1', { timeout }, () => {
  it.each(['solution', 'variants/fail-state-per-task', 'variants/reports-failure'])('passes %s', async (name) => {
    const report = await run(join(STEP, `${name}.asl.json`));
    expect(report).toMatchObject({ outcome: 'passed', predicted: { truth: 1 } });
    expect(required(report)).toEqual([4, 2]);
  });

  it.each([
    [
      'failure-is-success',
      /trainer loses its machine, your run did not end as its tasks require.* although Train failed/,
    ],
    ['does-not-wait', /archive is late, your run used an archive that had not caught up/],
    ['result-replaces-the-run', /a normal night, your run ended with FAILED although no task failed/],
    ['one-catch-around-everything', /lacks the name of the run, the error or a result/],
    ['path-without-dollar-key', /trainer loses its machine, your run never called Train/],
  ])('fails the wrong file %s', async (name, what) => {
    const report = await run(join(WRONG, `${name}.asl.json`));
    expect(report.outcome).toBe('failed');
    expect(report.problem?.what).toMatch(what);
  });

  it('fails the exercise, because a run succeeds although its trainer failed', async () => {
    const report = await run(join(STEP, 'exercise.asl.json'));
    expect(report).toMatchObject({ outcome: 'failed', problem: { what: expect.stringContaining('Train failed') } });
  });

  it('shows the token of a definition that fails with it, so it never judges the reference', async () => {
    const file = join(folder, 'canary.asl.json');
    writeFileSync(file, checkpoint.canary('canary-9d1c'));
    const report = await run(file);
    expect(report.outcome).toBe('failed');
    expect(report.problem?.what).toContain('canary-9d1c');
  });

  it('fails a definition that only claims success, and one that cannot be interpreted', async () => {
    const file = join(folder, 'liar.asl.json');
    writeFileSync(file, checkpoint.liar);
    expect(await run(file)).toMatchObject({ outcome: 'failed' });
    writeFileSync(file, readFileSync(file, 'utf8').slice(1));
    expect(await run(file)).toMatchObject({ outcome: 'failed', figures: [] });
  });
});
