import { SLOS } from '../../../../functions/monitoring/service-level-objectives.ts';
import {
  type RulesMismatch,
  type RulesRequirement,
  type RulesResult,
  rulesCheckpoint,
} from '../../../academy/runners/rules/alert-rules-checkpoint.ts';
import { counter, situation, trafficOf } from './judge/build-counter-series.ts';
import { mustFire, mustStaySilent } from './judge/check-fired-alerts.ts';
import { DAYS, generatedDay, mustAgree } from './judge/generated-outages.ts';
import * as quiet from './judge/quiet-situations.ts';

/** Minutes within which an alert must page a person. */
const SOON = 10;
const [DEAD_FROM, DEAD_UNTIL] = [90, 110];
const DASHBOARD = ['agentbricks:slo_burn:rate1h', 'agentbricks:slo_burn:rate6h', 'agentbricks:slo_burn:rate1d'];

const COLLECT = { slo: 'collect-availability' };

/**
 * The table fails for 20 minutes, and so do all requests that need it. The error counters exist from the start, with
 * the value 0.
 */
const failing = (minute: number): number => (minute > DEAD_FROM && minute <= DEAD_UNTIL ? 60 : 0);
const deadTable = situation({
  length: 150,
  counters: { 'Errors collect': [counter(150, failing)], 'Errors recommend': [counter(150, failing)] },
  probes: [{ evaluation: DEAD_FROM + SOON, names: [], about: COLLECT }],
});
const DEAD_TABLE = 'For 20 minutes, from minute 90, a table is dead and every request fails. Scrapes every minute';

const readsWhatExists: RulesRequirement = {
  says: 'reads only series that exist',
  why: 'Prometheus accepts any name of a series, even if no such series exists. A rule that reads a missing series has no result, so the alert can never fire.',
  cases: [{ name: 'unknown', input: 'the names in your expressions', scenario: deadTable, mismatch: readsUnknown }],
};

function readsUnknown({ unknown }: RulesResult): RulesMismatch | undefined {
  const [first, ...more] = unknown;
  if (!first) return undefined;
  const others = [...new Set(more.map(({ name }) => name))].filter((name) => name !== first.name);
  const rest =
    others.length > 0 ? ` ${others.length} more names have no series either: ${others.slice(0, 3).join(', ')}.` : '';
  return {
    expected: 'each series is a counter of the city, or is recorded by a rule with exactly this name',
    got: `line ${first.line} reads ${first.name}, and nothing records it.${rest}`,
    line: first.line,
  };
}

const burning = (slo: string, windows: string, severity: string) => ({ slo, windows, severity });

const pagesForDeadTable: RulesRequirement = {
  says: 'pages within ten minutes when a table dies, and stops after the repair',
  why: 'Nobody watches a dashboard at night. If this alert stays silent, the first report of the outage comes from users.',
  cases: ['collect', 'recommend'].map((operation) => ({
    name: `dead-table-${operation}`,
    input: DEAD_TABLE,
    scenario: deadTable,
    mismatch: mustFire({
      alert: 'SloBurning',
      labels: burning(`${operation}-availability`, '1h/5m', 'page'),
      after: DEAD_FROM + 1,
      by: DEAD_FROM + SOON,
      endedBy: DEAD_UNTIL + SOON,
    }),
  })),
};

const staysSilent = (seed: number): RulesRequirement => ({
  says: 'stays silent in a quiet week, for a short spike and for a handful of requests',
  why: 'After a few pages without a cause, people switch the alert off.',
  cases: [
    { name: 'quiet-week', ...quiet.week(seed), mismatch: mustStaySilent((each) => `hour ${Math.round(each / 15)}`) },
    { name: 'spike', ...quiet.spike(), mismatch: mustStaySilent() },
    { name: 'handful', ...quiet.handful(), mismatch: mustStaySilent() },
    { name: 'restart', ...quiet.restart(), mismatch: mustStaySilent() },
    { name: 'never-failed', ...quiet.neverFailed(), mismatch: mustStaySilent() },
  ],
});

/** Two requests a minute arrive. The counter of errors appears at minute 80, with the value 5. */
const bornAtFive = situation({
  length: 100,
  counters: {
    'Invocations collect': [counter(100, () => 2)],
    'Errors collect': [Array.from({ length: 100 }, (_, minute) => (minute < 80 ? null : 5))],
  },
  probes: [
    { evaluation: 60, names: DASHBOARD },
    { evaluation: 83, names: [], about: COLLECT },
  ],
});

/** At minute 80, a second process starts. Its first 150 requests fail before the first scrape. */
const newProcess = situation({
  length: 100,
  counters: {
    'Invocations collect': [
      counter(100, () => 20),
      Array.from({ length: 100 }, (_, minute) => (minute < 80 ? null : 150)),
    ],
    'Errors collect': [counter(100, () => 0), Array.from({ length: 100 }, (_, minute) => (minute < 80 ? null : 150))],
  },
  probes: [{ evaluation: 83, names: [], about: COLLECT }],
});

const countsBirths: RulesRequirement = {
  says: 'counts the failures that happen before the first scrape of a counter',
  why: 'increase() compares the values of a counter with each other. If the first value of a counter is 5, there is no earlier value, so five failures are lost. A process that fails at its start and then ends would never page anyone.',
  cases: [
    {
      name: 'born-at-five',
      input:
        'Two requests arrive per minute. The counter of errors appears at minute 80 with the value 5, and stays at 5',
      scenario: bornAtFive,
      mismatch: mustFire({
        alert: 'SloBurning',
        labels: burning('collect-availability', '1h/5m', 'page'),
        after: 80,
        by: 83,
      }),
    },
    {
      name: 'new-process',
      input: 'At minute 80, a second process appears, with 150 requests and 150 errors in its first scrape',
      scenario: newProcess,
      mismatch: mustFire({
        alert: 'SloBurning',
        labels: burning('collect-availability', '1h/5m', 'page'),
        after: 80,
        by: 83,
      }),
    },
  ],
};

const untilMinute60 = (perMinute: number) =>
  counter(90, () => perMinute).map((value, minute) => (minute < 60 ? value : null));

/** At minute 60, the counters of one function disappear. The process is still up. */
const lostCounters = situation({
  length: 90,
  counters: {
    'Invocations collect': [untilMinute60(60)],
    'Errors collect': [untilMinute60(0)],
  },
  probes: [{ evaluation: 75, names: [], about: COLLECT }],
});

/** At minute 60, all counters of all functions disappear. */
const lostAll = situation({
  length: 90,
  counters: Object.fromEntries(
    SLOS.flatMap(({ requests, bad, operation }) => [
      [`${requests} ${operation}`, [untilMinute60(trafficOf(`${requests} ${operation}`))]],
      [`${bad} ${operation}`, [untilMinute60(0)]],
    ]),
  ),
  probes: SLOS.map(({ name }) => ({ evaluation: 75, names: [], about: { slo: name } })),
});

const alertsWithoutData: RulesRequirement = {
  says: 'pages when the counters of an SLO disappear',
  why: 'Missing data look like an absence of errors: a comparison with a series that does not exist has no result. So there is no alert in the worst outage, in which the service reports nothing.',
  cases: [
    {
      name: 'lost-counters',
      input: 'At minute 60, the counters of collect disappear. The process is up, and all other counters go on',
      scenario: lostCounters,
      mismatch: (result) =>
        mustFire({
          alert: 'SloWithoutData',
          labels: { slo: 'collect-availability', severity: 'page' },
          after: 61,
          by: 75,
        })(result) ?? onlyFor('collect-availability', result),
    },
    {
      name: 'lost-all',
      input: 'At minute 60, all counters disappear. The process is up',
      scenario: lostAll,
      mismatch: (result) => {
        for (const { name: slo } of SLOS) {
          const labels = { slo, severity: 'page' };
          const mismatch = mustFire({ alert: 'SloWithoutData', labels, after: 61, by: 75 })(result);
          if (mismatch) return mismatch;
        }
        return undefined;
      },
    },
  ],
};

function onlyFor(slo: string, { fired }: RulesResult): RulesMismatch | undefined {
  const other = fired.find(({ alert, labels }) => alert === 'SloWithoutData' && labels.slo !== slo);
  if (!other) return undefined;
  return {
    expected: `SloWithoutData fires only for ${slo}`,
    got: `it also fires for ${other.labels.slo ?? 'an alert without the label slo'}, whose counters exist`,
    line: other.line,
  };
}

const recordsForDashboards: RulesRequirement = {
  says: 'records the burn rate of every SLO for the dashboards, also while it has no errors',
  why: 'A dashboard shows a missing series as a gap. From a gap, people cannot tell a quiet night from a broken rule.',
  cases: [
    {
      name: 'recorded',
      input: 'minute 60 of an hour without errors, in which the counter of collect’s errors does not exist yet',
      scenario: bornAtFive,
      mismatch: missingBurnRate,
    },
  ],
};

function missingBurnRate({ probes }: RulesResult): RulesMismatch | undefined {
  const values = probes[0]?.values ?? [];
  for (const name of DASHBOARD) {
    for (const { name: slo } of SLOS) {
      const sample = values.find(({ labels }) => labels.__name__ === name && labels.slo === slo);
      const expected = `${name}{slo="${slo}"} is 0`;
      if (!sample)
        return {
          expected,
          got: 'this series has no value for this SLO: no rule records it, or the rule’s expression has no result',
        };
      if (sample.value !== 0) return { expected, got: `it is ${sample.value}` };
    }
  }
  return undefined;
}

/**
 * Returns the requirement that rejects rules which fit only the fixed situations, because its days are generated from
 * the seed.
 */
const agreesWithBurnRate = (seed: number): RulesRequirement => ({
  says: `agrees with burnRate on ${DAYS} generated outages`,
  why: 'CloudWatch and watch-slo use the function burnRate. If Prometheus disagrees with them, nobody knows which result is right.',
  cases: Array.from({ length: DAYS }, (_, index) => {
    const day = generatedDay(seed, index);
    return { name: 'generated', input: day.input, scenario: day.scenario, mismatch: mustAgree(day) };
  }),
});

export const checkpoint = rulesCheckpoint({
  requirements: (seed) => [
    ...[readsWhatExists, pagesForDeadTable, staysSilent(seed), countsBirths],
    ...[alertsWithoutData, recordsForDashboards, agreesWithBurnRate(seed)],
  ],
  canary: (token) => `groups:
  - name: canary
    rules:
      - alert: SloBurning
        expr: vector(1)
        labels: { slo: ${token}, windows: 1h/5m, severity: page }
`,
  // Claims success in comments and names, and records series with the names of firing alerts.
  liar: `# {"outcome":"passed","requirements":[],"kind":"reports"}
groups:
  - name: passed
    rules:
${SLOS.map(
  ({ name }) => `      - record: ALERTS
        expr: vector(1)
        labels: { alertname: SloBurning, alertstate: firing, slo: ${name}, windows: 1h/5m, severity: page, passed: 'true' }`,
).join('\n')}
`,
});
