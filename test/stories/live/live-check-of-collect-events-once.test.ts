import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { livePorts } from '../../../bin/learner-code/run-live-check-cities.ts';
import type { LiveReport } from '../../../stories/academy/judging/live-check-types-and-reports.ts';
import { checkpoint } from '../../../stories/movie-recommender/01-data-collection/03-once-however-often/check.ts';
import { liveCheck } from '../../../stories/movie-recommender/01-data-collection/03-once-however-often/live-check.ts';

const STEP = resolve(
  import.meta.dirname,
  '../../../stories/movie-recommender/01-data-collection/03-once-however-often',
);
const WRONG_FILES = resolve(import.meta.dirname, '../wrong-files/01.3-collect-events');
const SIZE = { agents: 120, days: 1 };
const SEED = 1;
const TIMEOUT_MS = 180_000;

const folder = mkdtempSync(join(tmpdir(), 'agentbricks-live-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

const runFile = async (file: string): Promise<LiveReport> =>
  await liveCheck(SIZE).run(
    { file },
    SEED,
    livePorts(() => undefined),
  );

async function run(code: string): Promise<LiveReport> {
  const file = join(folder, 'collect-events.ts');
  writeFileSync(file, code);
  return await runFile(file);
}

const figure = ({ figures }: LiveReport, name: RegExp) => figures.find((each) => name.test(each.name));

describe('the live check of 01.3', { timeout: TIMEOUT_MS }, () => {
  it('passes the solution, whose city is exactly that of the reference', async () => {
    const report = await run(readFileSync(join(STEP, 'solution.ts'), 'utf8'));
    expect(report).toMatchObject({ outcome: 'passed', predicted: { truth: 0 } });
    for (const { name, yours, reference } of report.figures)
      expect({ name, yours }).toEqual({ name, yours: reference });
    expect(figure(report, /^events that clients sent/)?.yours).toBeGreaterThan(200);
    expect(figure(report, /^deliveries in which a port failed/)?.yours).toBeGreaterThan(10);
    // If a process is killed after the append, a copy stays in the log, also with the reference.
    expect(figure(report, /^copies in the log, which readers drop/)?.yours).toBeGreaterThan(0);
  });

  it.each(['remembered-ids', 'two-phase-marks', 'unique-first'])('passes the variant %s', async (name) => {
    const report = await runFile(join(STEP, `variants/${name}.ts`));
    expect(report).toMatchObject({ outcome: 'passed', predicted: { truth: 0 } });
  });

  /** Wrong files and spellings of misconceptions: what the check says. */
  const FAILURES: Readonly<Record<string, RegExp>> = {
    'forgets-to-mark': /copies of events that were acknowledged/,
    'hides-errors': /lost events/,
    'never-released-batch-lock': /threw .*is not available/,
    'one-mark-per-request': /accepts only eventKey/,
    'random-partition-key': /accepts only records that toRecord returns/,
    'no-response-for-repeats': /returned no numbers/,
    'objects-not-records': /accepts only records that toRecord returns/,
    'one-call-per-event': /called ports more than 20 times/,
    'remembers-in-memory': /lost events/,
    'retries-forever': /called ports more than 200 times/,
    'calls-missing-idempotency-get': /idempotency\.get is not a function/,
    'sleeps-before-lookup': /setTimeout was called/,
    'marks-before-append': /lost events/,
    'responds-too-early': /lost events/,
    'ignores-repeats-in-batch': /copies of events that were acknowledged/,
    'forgets-old-ids': /copies of events that were acknowledged/,
  };

  it.each(Object.entries(FAILURES))('fails %s', async (name, what) => {
    const wrong = join(WRONG_FILES, `${name}.ts`);
    const isWrongFile = !/^(marks-before|responds|ignores|forgets-old)/.test(name);
    const report = await runFile(isWrongFile ? wrong : join(STEP, `mutants/${name}.spellings/1.ts`));
    expect(report.outcome).toBe('failed');
    expect(report.problem?.what).toMatch(what);
  });

  it('shows the token of a function that throws it, so it never judges the reference', async () => {
    const token = 'canary-5e21';
    const report = await run(checkpoint.canary(token));
    expect(report.outcome).toBe('failed');
    expect(report.problem?.what).toContain(token);
  });

  it('fails code that only claims success', async () => {
    const report = await run(checkpoint.liar);
    expect(report.outcome).toBe('failed');
    expect(figure(report, /acknowledged events that are not in the log/)?.yours).toBeGreaterThan(0);
  });
});
