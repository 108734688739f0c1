import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { livePorts } from '../../../bin/learner-code/run-live-check-cities.ts';
import type { LiveReport } from '../../../stories/academy/judging/live-check-types-and-reports.ts';
import { checkpoint } from '../../../stories/movie-recommender/05-monitoring/03-rules-that-fire/check.ts';
import { live } from '../../../stories/movie-recommender/05-monitoring/03-rules-that-fire/live-check.ts';

const STEP = resolve(import.meta.dirname, '../../../stories/movie-recommender/05-monitoring/03-rules-that-fire');
const WRONG = resolve(import.meta.dirname, '../wrong-files/05.3-alert-rules');
const SEED = 1;
const timeout = 240_000;

const folder = mkdtempSync(join(tmpdir(), 'agentbricks-live-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (file: string): Promise<LiveReport> =>
  live.run(
    { file },
    SEED,
    livePorts(() => undefined),
  );

describe('the live check of 05.3', { timeout }, () => {
  it('passes the solution: it pages for both incidents, and for nothing else', async () => {
    const report = await run(join(STEP, 'solution.yml'));
    expect(report).toMatchObject({ outcome: 'passed', predicted: { truth: 0 } });
    const [page, end, missing, withoutCause] = report.figures.map(({ yours }) => yours);
    expect([page, end, missing]).toEqual([2, 3, 6]);
    expect(withoutCause).toBe(0);
  });

  it.each(globSync('*.yml', { cwd: join(STEP, 'variants') }))('passes the variant %s', async (name) => {
    expect((await run(join(STEP, 'variants', name))).outcome).toBe('passed');
  });

  it.each([
    ['waits-an-hour', /did not page when a table failed/],
    ['another-severity', /did not page when a table failed/],
    ['misspelt-operation', /did not page when a table failed/],
    ['no-hold', /fired \d+ times without a cause/],
    ['or-instead-of-and', /ended \d+ minutes after the repair/],
    ['target-is-down', /did not notice that the counters/],
  ])('fails the wrong file %s', async (name, what) => {
    const report = await run(join(WRONG, `${name}.yml`));
    expect(report.outcome).toBe('failed');
    expect(report.problem?.what).toMatch(what);
  });

  it('cannot show a wrong budget, because all requests of the outage fail', async () => {
    expect((await run(join(WRONG, 'without-budget.yml'))).outcome).toBe('passed');
  });

  it('fails the exercise, and rules that only claim success', async () => {
    expect((await run(join(STEP, 'exercise.yml'))).outcome).toBe('failed');
    const file = join(folder, 'liar.yml');
    writeFileSync(file, checkpoint.liar);
    expect((await run(file)).outcome).toBe('failed');
  });

  it('shows the token of rules that fire with it, so it never judges the reference', async () => {
    const file = join(folder, 'canary.yml');
    writeFileSync(file, checkpoint.canary('canary-77f0'));
    const report = await run(file);
    expect(report.outcome).toBe('failed');
    expect(report.problem?.what).toContain('canary-77f0');
  });

  it('fails rules that cannot be evaluated', async () => {
    const report = await run(join(WRONG, 'missing-parenthesis.yml'));
    expect(report).toMatchObject({ outcome: 'failed', figures: [] });
  });
});
