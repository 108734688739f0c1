import { globSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkpoint } from '../../../../stories/movie-recommender/05-monitoring/03-rules-that-fire/check.ts';

const SEED = 7;
const FOLDER = resolve(import.meta.dirname, '../../wrong-files/05.3-alert-rules');
const STEP = resolve('stories/movie-recommender/05-monitoring/03-rules-that-fire');
const TIMEOUT_MS = 120_000;

/** Files that Prometheus does not load: what the message says, and the line. */
const PROBLEMS: Readonly<Record<string, [what: RegExp, line: number]>> = {
  tabs: [/not YAML: Tabs are not allowed/, 109],
  'misspelt-field': [/has the field fro, which Prometheus does not know/, 108],
  'missing-parenthesis': [/syntax error near/, 75],
  'unknown-function': [/no function increased/, 71],
  'sum-before-increase': [/a range such as \[5m\] needs a selector before it/, 71],
  'two-groups-with-one-name': [/two groups have the name slos/, 94],
  'rate-without-range': [/rate\(\) needs exactly one argument, a range/, 71],
};

/** Files that break a requirement: the first one, what was observed, and the line of the rule. */
const FAILURES: Readonly<Record<string, [says: RegExp, got: RegExp, line: number]>> = {
  'waits-an-hour': [/^pages within ten minutes/, /has not had it for 60 minutes, as `for` demands/, 88],
  'or-instead-of-and': [/^pages within ten minutes/, /fires until minute 149, although the cause ended/, 88],
  'misspelt-operation': [/^pages within ten minutes/, /operation="collects".* no label matches/, 14],
  'another-alert-name': [/^pages within ten minutes/, /These fire: SLOBurning\{/, 88],
  'another-severity': [/^pages within ten minutes/, /These fire: SloBurning\{severity="critical"/, 88],
  'without-budget': [/^counts the failures/, /is false: .*\{slo="collect-availability"\} = 4\.17 > 14\.4/, 88],
  'target-is-down': [/^pages when the counters/, /`up == 0` is false: up\{job="agentbricks"\} = 1 == 0/, 108],
  'alert-for-one-slo': [/^pages when the counters/, /`absent\(.*\)` has no result/, 92],
  'watches-counter-of-errors': [/^stays silent/, /SloWithoutData\{.*the first one at minute 5/, 92],
  'requests-of-another-window': [/^agrees with burnRate/, /your rules give SloBurning with windows/, 88],
  'no-hold': [/^stays silent/, /SloWithoutData\{.*the first one at minute 60/, 108],
};

const checked = (name: string) => checkpoint.check(resolve(FOLDER, `${name}.yml`), SEED);

describe('a wrong file of step 05.3', { timeout: TIMEOUT_MS }, () => {
  it('has an expected message', () => {
    const names = globSync('*', { cwd: FOLDER }).map((file) => basename(file, '.yml'));
    expect(names.sort()).toEqual([...Object.keys(PROBLEMS), ...Object.keys(FAILURES)].sort());
  });

  it.each(Object.entries(PROBLEMS))('is explained without a requirement: %s', async (name, [what, line]) => {
    const { outcome, requirements, problem } = await checked(name);
    expect({ outcome, requirements }).toEqual({ outcome: 'failed', requirements: [] });
    expect(problem).toMatchObject({ what: expect.stringMatching(what), line });
  });

  it.each(Object.entries(FAILURES))(
    'breaks a requirement, and the message helps: %s',
    async (name, [says, got, line]) => {
      const { outcome, requirements } = await checked(name);
      expect(outcome).toBe('failed');
      const first = requirements.find(({ passed }) => !passed);
      expect(first?.says).toMatch(says);
      expect(first?.failedCase?.got).toMatch(got);
      expect(first?.failedCase?.look).toBe(`${name}.yml:${line}`);
    },
  );
});

describe('step 05.3', () => {
  it('has the rules of production as its solution', () => {
    const production = readFileSync('localstack/prometheus/rules.yml', 'utf8');
    expect(readFileSync(resolve(STEP, 'solution.yml'), 'utf8')).toBe(production);
  });

  it('has one TODO in its exercise', () => {
    expect(readFileSync(resolve(STEP, 'exercise.yml'), 'utf8').match(/TODO/g)).toHaveLength(1);
  });
});
