import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { livePorts } from '../../../bin/learner-code/run-live-check-cities.ts';
import type { LiveReport } from '../../../stories/academy/judging/live-check-types-and-reports.ts';
import { checkpoint } from '../../../stories/movie-recommender/02-feature-engineering/02-as-it-was-then/check.ts';
import { liveCheck } from '../../../stories/movie-recommender/02-feature-engineering/02-as-it-was-then/live-check.ts';

const STEP = resolve(
  import.meta.dirname,
  '../../../stories/movie-recommender/02-feature-engineering/02-as-it-was-then',
);
const WRONG = resolve(import.meta.dirname, '../wrong-files/02.2-labelled-features');
const SIZE = { agents: 120, days: 2 };
/** Milliseconds for a city and eight queries on a busy machine. */
const timeout = 240_000;
const ROWS = 'rows with future values';
const OTHERS = 'rows whose values differ from the reference';

const folder = mkdtempSync(join(tmpdir(), 'agentbricks-live-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ports = livePorts(() => undefined);
const runFile = (file: string, seed: number): Promise<LiveReport> => liveCheck(SIZE).run({ file }, seed, ports);
async function run(code: string): Promise<LiveReport> {
  const file = join(folder, 'labelled-features.sql');
  writeFileSync(file, code);
  return await runFile(file, 3);
}
const figure = ({ figures }: LiveReport, name: string) => figures.find((each) => each.name === name);

describe('the live check of 02.2', { timeout }, () => {
  it.each([
    ['solution.sql', 3],
    ['solution.sql', 4],
    ['variants/window-functions.sql', 5],
  ] as const)('passes %s in the city of seed %i', async (name, seed) => {
    const report = await runFile(join(STEP, name), seed);
    expect(report).toMatchObject({ outcome: 'passed' });
    expect([figure(report, ROWS)?.yours, figure(report, OTHERS)?.yours]).toEqual([0, 0]);
    const rows = figure(report, 'rows');
    expect(rows?.yours).toBe(rows?.reference);
    expect(rows?.yours).toBeGreaterThan(500);
    expect(report.predicted?.truth).toBe(figure(report, report.predicted?.name ?? '')?.reference);
  });

  it('fails the query of the story, which promises more than the city gives', async () => {
    const report = await run(readFileSync(join(STEP, 'exercise.sql'), 'utf8'));
    expect(report).toMatchObject({ outcome: 'failed', problem: { what: expect.stringContaining('future values') } });
    expect(figure(report, ROWS)).toMatchObject({ reference: 0 });
    const rows = figure(report, 'rows')?.yours ?? 0;
    expect(figure(report, ROWS)?.yours).toBeGreaterThan(rows / 2);
    const offline = figure(report, 'AUC offline, on your own rows');
    expect(offline?.yours).toBeGreaterThan(offline?.reference ?? 1);
    expect(report.predicted?.truth).toBeLessThan(offline?.yours ?? 0);
  });

  it.each([
    ['as-of-today', /future values/],
    ['user-genre-plays-from-the-future', /future values/],
    ['filter-after-the-join', /returned \d+ rows for \d+ labels/],
    ['nulls-stay', /returned NULL/],
  ])('fails the wrong file %s for its reason', async (name, reason) => {
    const report = await runFile(join(WRONG, `${name}.sql`), 3);
    expect(report).toMatchObject({ outcome: 'failed', problem: { what: expect.stringMatching(reason) } });
  });

  it('fails values that the service never had', async () => {
    const solution = readFileSync(join(STEP, 'solution.sql'), 'utf8');
    const report = await run(solution.replace('coalesce(t.plays7d, 0)::FLOAT', '0::FLOAT'));
    expect(report).toMatchObject({
      outcome: 'failed',
      problem: { what: expect.stringMatching(/rows of your training set differ/) },
    });
    expect(figure(report, ROWS)?.yours).toBe(0);
  });

  it('shows the token of a query that raises it, and fails code that only claims success', async () => {
    const token = 'canary-0b3e';
    expect((await run(checkpoint.canary(token))).problem?.what).toContain(token);
    expect(await run(checkpoint.liar)).toMatchObject({ outcome: 'failed', figures: [] });
  });
});
