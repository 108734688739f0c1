import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { livePorts } from '../../../bin/learner-code/run-live-check-cities.ts';
import type { LiveReport } from '../../../stories/academy/judging/live-check-types-and-reports.ts';
import { checkpoint } from '../../../stories/movie-recommender/01-data-collection/01-validate-events/check.ts';
import { liveCheck } from '../../../stories/movie-recommender/01-data-collection/01-validate-events/live-check.ts';

const SOLUTION = '../../../stories/movie-recommender/01-data-collection/01-validate-events/solution.ts';
const SIZE = { agents: 250, days: 1 };
const SEED = 3;
const TIMEOUT_MS = 120_000;
const solution = readFileSync(join(import.meta.dirname, SOLUTION), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'agentbricks-live-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(code: string): Promise<LiveReport> {
  const file = join(folder, 'validate-event.ts');
  writeFileSync(file, code);
  return await liveCheck(SIZE).run(
    { file },
    SEED,
    livePorts(() => undefined),
  );
}

/** Returns the learner's value of each figure with a requirement. */
const required = ({ figures }: LiveReport) => figures.filter((each) => each.required).map(({ yours }) => yours);
const around = (check: string) =>
  `${solution.replace('export function validateEvent', 'function honest')}\nexport function validateEvent(raw: any, receivedAt: number): any { ${check} return honest(raw, receivedAt); }`;

describe('the live check of 01.1', { timeout: TIMEOUT_MS }, () => {
  it('passes the solution: no valid event is rejected, and no broken one gets in', async () => {
    const report = await run(solution);
    expect(report.outcome).toBe('passed');
    expect(Math.abs((report.predicted?.truth ?? 0) - 10)).toBeLessThan(3);
    expect(required(report)).toEqual([0, 0]);
    expect(report.figures.find(({ name }) => name === 'events that arrived')?.yours).toBeGreaterThan(300);
  });

  it('fails a function that trusts the clocks of clients', async () => {
    const report = await run(around('receivedAt += 3_600_000;'));
    expect(report).toMatchObject({ outcome: 'failed', problem: { what: 'your city accepted broken events' } });
    const [rejected, letIn] = required(report);
    expect(rejected).toBe(0);
    expect(letIn).toBeGreaterThan(0);
  });

  it('fails a function without a tolerance for clocks', async () => {
    const report = await run(around('receivedAt -= 300_000;'));
    expect(report).toMatchObject({ outcome: 'failed', problem: { what: 'your city rejected valid events' } });
    const [rejected, letIn] = required(report);
    expect(rejected).toBeGreaterThan(0);
    expect(letIn).toBe(0);
  });

  it('shows the token of a function that throws it, so it never judges the reference', async () => {
    const token = 'canary-0b3e';
    const report = await run(checkpoint.canary(token));
    expect(report).toMatchObject({ outcome: 'failed', figures: [] });
    expect(report.problem?.what).toContain(token);
  });

  it('fails code that only claims success', async () => {
    expect(await run(checkpoint.liar)).toMatchObject({ outcome: 'failed', figures: [] });
  });
});
