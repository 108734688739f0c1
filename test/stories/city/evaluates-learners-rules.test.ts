import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { MINUTE } from '#domain/core/time.ts';
import {
  CITY_RULES_LIMITS,
  containedRules,
  RULES_SEAM,
} from '../../../bin/learner-code/definitions-and-rules/rules-city-seam.ts';
import { failureMessages } from '../../../bin/learner-code/print-learners-failures-and-alerts.ts';
import { localMetrics } from '../../../localstack/embedded/aws/emf-to-prometheus-and-minute-sums.ts';
import { watchWithLearnersRules } from '../../../localstack/embedded/host/learner-code/evaluate-learners-alert-rules.ts';
import type { FunctionStatus } from '../../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';

const SOLUTION = resolve(
  import.meta.dirname,
  '../../../stories/movie-recommender/05-monitoring/03-rules-that-fire/solution.yml',
);
const START = Date.UTC(2026, 0, 5);
const TIMEOUT = 90_000;
const SOON = { timeout: 45_000 };

const folder = mkdtempSync(join(tmpdir(), 'learners-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));
function written(text: string): string {
  const file = join(folder, 'rules.yml');
  writeFileSync(file, text);
  return file;
}

describe('a city with a learner’s rules.yml', { timeout: TIMEOUT }, () => {
  let now = START;
  let metrics: ReturnType<typeof localMetrics>;
  let statuses: FunctionStatus[];
  const onStatus = (status: FunctionStatus) => void statuses.push(status);

  beforeEach(() => {
    now = START;
    statuses = [];
    metrics = localMetrics(() => now);
  });

  /** Lets minutes pass, in each of which the collector has 10 requests. */
  function pass(minutes: number, failing = 0): void {
    const counts = { Invocations: 10, Errors: failing };
    const definitions = Object.keys(counts).map((Name) => ({ Name, Unit: 'Count' }));
    for (let i = 0; i < minutes; i++) {
      metrics.take({
        ...counts,
        operation: 'collect',
        _aws: {
          Timestamp: now,
          CloudWatchMetrics: [{ Namespace: 'n', Dimensions: [['operation']], Metrics: definitions }],
        },
      } as never);
      now += MINUTE;
    }
  }

  it('shows the alert for an outage from its first minute on, next to the SLO watch, until it ends', async () => {
    using seam = await RULES_SEAM.start(SOLUTION, onStatus);
    const lines: string[] = [];
    const print = failureMessages(RULES_SEAM, { say: (line) => void lines.push(line) });
    const watch = async (sloWatch: readonly string[]) => {
      const before = statuses.length;
      seam.seams.watchMetrics?.(metrics.history, sloWatch);
      await expect.poll(() => statuses.length, SOON).toBe(before + 1);
      print(statuses.at(-1) as FunctionStatus);
    };
    pass(60);
    await watch([]);
    expect(statuses.at(-1)?.alerts).toEqual({ yours: [], sloWatch: [] });
    pass(5, 10);
    await watch(['collect-availability (1h/5m)']);
    const page = 'SloBurning (severity page, slo collect-availability, windows 1h/5m)';
    const { yours = [], sloWatch } = statuses.at(-1)?.alerts ?? {};
    expect(yours).toContainEqual({ alert: page, from: START + 61 * MINUTE });
    expect(sloWatch).toEqual(['collect-availability (1h/5m)']);
    expect(lines).toContain(`! Your alert ${page} has been firing since 2026-01-05 01:01.`);
    expect(lines.at(-1)).toContain('The SLO watch reports: collect-availability (1h/5m).');
    pass(30);
    await watch([]);
    const ended = statuses.at(-1)?.alerts?.yours.find(({ alert }) => alert === page);
    expect(ended?.until).toBeGreaterThan(START + 65 * MINUTE);
    expect(ended?.until).toBeLessThan(START + 75 * MINUTE);
    expect(statuses.at(-1)).toMatchObject({ name: 'rules.yml', runs: 'learner', calls: 3, failedCalls: 0 });
  });

  it.each([
    [
      'an expression without an end',
      readFileSync(SOLUTION, 'utf8').replace('vector(0.001)', 'vector('),
      /cannot be evaluated/,
    ],
    ['no YAML', 'groups: [', /cannot be evaluated/],
    ['an unknown function', 'groups: [{ name: a, rules: [{ alert: A, expr: "nonsense(up)" }] }]', /nonsense/],
  ])('does not load rules with %s', async (_, text, error) => {
    await expect(RULES_SEAM.start(written(text), onStatus)).rejects.toThrow(error);
  });

  it('stops to evaluate rules that take too long, after three times', async () => {
    const evaluate = await containedRules(SOLUTION, { ...CITY_RULES_LIMITS, samples: 5_000 });
    const learners = watchWithLearnersRules(evaluate, onStatus);
    pass(120);
    for (const calls of [1, 2, 3]) {
      learners.watchMetrics(metrics.history, []);
      await expect.poll(() => statuses.length, SOON).toBe(calls);
    }
    expect(statuses.at(-1)).toMatchObject({ runs: 'reference', failedCalls: 3 });
    expect(statuses.at(-1)?.lastFailure).toMatch(/cannot be evaluated/);
    learners.watchMetrics(metrics.history, []);
    expect(statuses).toHaveLength(3);
  });
});

describe('the history of the counters', () => {
  it('has the value of each counter at the end of each full minute', () => {
    let now = START;
    const metrics = localMetrics(() => now);
    const count = (operation: string, name: string, value: number) =>
      metrics.take({
        ...{ [name]: value, operation },
        _aws: {
          Timestamp: now,
          CloudWatchMetrics: [{ Namespace: 'n', Dimensions: [], Metrics: [{ Name: name, Unit: 'Count' }] }],
        },
      } as never);
    count('collect', 'Invocations', 3);
    now += MINUTE;
    count('collect', 'Invocations', 4);
    now += MINUTE;
    count('collect', 'Retries', 5);
    now += MINUTE;
    count('collect', 'Invocations', 100);
    const { from, minutes, series } = metrics.history();
    expect({ from, minutes }).toEqual({ from: START + MINUTE, minutes: 3 });
    const valuesOf = (metric: string) =>
      series.find(({ labels }) => labels.__name__ === metric && labels.operation === 'collect')?.values;
    expect(valuesOf('agentbricks_invocations_total')).toEqual([3, 7, 7]);
    expect(valuesOf('agentbricks_errors_total')).toEqual([0, 0, 0]);
    expect(valuesOf('agentbricks_retries_total')).toEqual([null, null, 5]);
  });
});
