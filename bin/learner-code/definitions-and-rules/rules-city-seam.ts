import { readFileSync } from 'node:fs';
import { FIX_THE_FILE, SeamUnusable } from '#adapters/composition/read-and-watch-seams-json.ts';
import { MINUTE } from '#domain/core/time.ts';
import type { MetricHistory } from '#domain/events/all-bricks-seam-types.ts';
import {
  type ContainedRules,
  watchWithLearnersRules,
} from '../../../localstack/embedded/host/learner-code/evaluate-learners-alert-rules.ts';
import type { AlertPeriod } from '../../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';
import type { FiredAlert, Scenario } from '../../../stories/academy/runners/rules/message-types.ts';
import {
  RULES_LIMITS,
  type RulesLimits,
  type RulesRun,
  runRules,
} from '../../../stories/academy/runners/rules/run-rules.ts';
import type { CitySeam } from '../city-seam-types.ts';

/** Limits of one evaluation over three days, which took 9 s for the reference on a busy machine with 2 cores. */
export const CITY_RULES_LIMITS: RulesLimits = { ...RULES_LIMITS, cpuSeconds: 30, samples: 200_000_000 };

/** Why an evaluation was stopped, as a clause whose subject is the learner's file. */
const STOPPED = {
  time: 'took too long',
  processor: 'used too much processor time',
  memory: 'used too much memory',
  output: 'produced too many alerts',
  ended: 'ended its process',
} as const;

/** Returns the history as the scrapes of one target, with an evaluation after each scrape. */
export const scenarioOf = ({ minutes, series }: MetricHistory): Scenario => ({
  series: [{ labels: { __name__: 'up', job: 'agentbricks' }, values: Array<number>(minutes).fill(1) }, ...series],
  ...{ step: MINUTE, evaluations: minutes, probes: [] },
});

/** Returns the times in which the alerts of rules fired over a history, in order. */
export const periodsOf = (fired: readonly FiredAlert[], { from, minutes }: MetricHistory): AlertPeriod[] =>
  fired
    .flatMap(({ alert, labels, firing }) =>
      firing.map(([first, last]) => ({
        alert: `${alert} (${shownLabels(labels)})`,
        from: from + first * MINUTE,
        ...(last < minutes - 1 && { until: from + (last + 1) * MINUTE }),
      })),
    )
    .sort((a, b) => a.from - b.from);

const shownLabels = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .filter(([name]) => name === 'slo' || name === 'windows' || name === 'severity')
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/**
 * Returns the evaluation of a learner's rules in a confined process. @throws SeamUnusable if they cannot be evaluated
 */
export async function containedRules(file: string, limits = CITY_RULES_LIMITS): Promise<ContainedRules> {
  const text = readFileSync(file, 'utf8');
  const empty: Scenario = { series: [], step: MINUTE, evaluations: 1, probes: [] };
  const failure = failureOf(await runRules(text, [empty], limits));
  if (failure) throw new SeamUnusable(file, `it ${failure}`, FIX_THE_FILE);
  return async (history) => {
    const run = await runRules(text, [scenarioOf(history)], limits);
    if (run.kind === 'reports') return { alerts: periodsOf(run.reports[0]?.fired ?? [], history) };
    return { failure: failureOf(run) ?? 'ended its process', endedProcess: run.kind === 'stopped' };
  };
}

function failureOf(run: RulesRun): string | undefined {
  if (run.kind === 'stopped') return STOPPED[run.why];
  if (run.kind === 'reports') return undefined;
  const { message, line } = run.problem;
  return `cannot be evaluated${line === undefined ? '' : ` (line ${line})`}: ${message}`;
}

/** Step 05.3: the city evaluates the learner's rules whenever the SLO watch runs. */
export const RULES_SEAM: CitySeam = {
  label: 'rules.yml',
  afterFailure: 'The SLO watch is not affected.',
  start: async (file, onStatus) => {
    const learners = watchWithLearnersRules(await containedRules(file), onStatus);
    return {
      seams: { watchMetrics: learners.watchMetrics },
      status: learners.status,
      [Symbol.dispose]: () => learners[Symbol.dispose](),
    };
  },
};
