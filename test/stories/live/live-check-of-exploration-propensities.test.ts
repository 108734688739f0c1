import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { livePorts } from '../../../bin/learner-code/run-live-check-cities.ts';
import type { LiveReport } from '../../../stories/academy/judging/live-check-types-and-reports.ts';
import { checkpoint } from '../../../stories/movie-recommender/04-recommendation/07-dice-written-down/check.ts';
import { liveCheck } from '../../../stories/movie-recommender/04-recommendation/07-dice-written-down/live-check.ts';

const STEP = join(import.meta.dirname, '../../../stories/movie-recommender/04-recommendation/07-dice-written-down');
const SIZE = { worlds: 2, agents: 300, titles: 8, days: 1, explorationShare: 0.5 };
const SEED = 7;
const TIMEOUT_MS = 120_000;
const solution = readFileSync(join(STEP, 'solution.ts'), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'agentbricks-live-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const progress: string[] = [];

async function run(code: string): Promise<LiveReport> {
  const file = join(folder, 'explore.ts');
  writeFileSync(file, code);
  return await liveCheck(SIZE).run(
    { file },
    SEED,
    livePorts((line) => progress.push(line)),
  );
}

const changed = (from: string, to: string): string => {
  if (solution.split(from).length !== 2) throw new Error(`the solution does not contain once: ${from}`);
  return solution.replace(from, to);
};
const figure = (report: LiveReport, name: RegExp) => report.figures.find((each) => name.test(each.name));

describe('the live check of 04.7', { timeout: TIMEOUT_MS }, () => {
  it('passes the solution, whose worlds are exactly those of the reference', async () => {
    const report = await run(solution);
    expect(report).toMatchObject({ outcome: 'passed', predicted: { truth: expect.any(Number) } });
    expect(report.predicted?.shownBy).toBeUndefined();
    for (const { name, yours, reference } of report.figures)
      expect({ name, yours }).toEqual({ name, yours: reference });
    expect(report.figures.map(({ required }) => required)).toContain('within 5 standard errors of 1');
    expect(progress).toContain('world 2 of 2: done');
  });

  it('fails propensities that are halved: the mean weight is 2', async () => {
    const report = await run(changed('share / pool.size() };', 'share / pool.size() / 2 };'));
    expect(report).toMatchObject({ outcome: 'failed', problem: { what: expect.stringContaining('worlds') } });
    expect(figure(report, /mean weight$/)?.yours).toBeGreaterThan(1.5);
    expect(report.predicted?.shownBy).toMatch(/Look at the mean weight: it is [12]\.\d{3}, and would be about 1/);
  });

  it('shows the token of a function that throws it, so it never judges the reference', async () => {
    const token = 'canary-4d1c';
    const report = await run(checkpoint.canary(token));
    expect(report).toMatchObject({ outcome: 'failed', figures: [] });
    expect(report.problem?.what).toContain(token);
  });

  it('shows the token of a file that throws it', async () => {
    const report = await run("throw new Error('canary-77aa');");
    expect(report.outcome).toBe('failed');
    expect(report.problem?.why).toContain('canary-77aa');
  });

  it('fails code that only claims success', async () => {
    expect(await run(checkpoint.liar)).toMatchObject({ outcome: 'failed', figures: [] });
  });
});
