import { keyedRandom } from '#domain/core/keyed-random.ts';
import { MINUTE } from '#domain/core/time.ts';
import { burnRate } from '../../../../../functions/monitoring/burn-rate.ts';
import { BURN_WINDOWS, type RequestCounts } from '../../../../../functions/monitoring/burn-windows.ts';
import { budgetOf, SLOS, type Slo } from '../../../../../functions/monitoring/service-level-objectives.ts';
import type { RulesMismatch, RulesResult } from '../../../../academy/runners/rules/alert-rules-checkpoint.ts';
import type { Scenario } from '../../../../academy/runners/rules/message-types.ts';
import { type CounterKey, counter, situation } from './build-counter-series.ts';

/** Number of generated outages. The last one is slow. */
export const DAYS = 6;
const LENGTH = 170;
/** Burn rates of the fast outages, one each. */
const BURN_RATES = [0.4, 2, 4, 9, 90];
/**
 * Factor by which Prometheus's extrapolated counts may differ from ours. If it changes the expected alert, nothing is
 * compared.
 */
const TOLERANCE = 1.25;

/** An outage of one SLO. All times are numbers of evaluations. */
interface Outage {
  readonly slo: Slo;
  /** Minutes between two scrapes, and between two evaluations. */
  readonly step: number;
  /** Growth of the counters at each scrape. */
  readonly requests: readonly number[];
  readonly bad: readonly number[];
  /** Evaluations at which the alerts are compared. */
  readonly compared: readonly number[];
}

export interface GeneratedDay extends Outage {
  readonly input: string;
  readonly scenario: Scenario;
}

/** Generates an outage from the seed. */
export const generatedDay = (seed: number, index: number): GeneratedDay =>
  index === DAYS - 1 ? slowOutage(seed) : fastOutage(seed, index);

/**
 * Generates an outage of one of the first three SLOs: when, how long, how bad, and whether its counter existed before.
 */
function fastOutage(seed: number, index: number): GeneratedDay {
  const random = keyedRandom(`05.3 ${seed} ${index}`);
  const integer = (salt: number, least: number, most: number) => least + Math.floor(random(salt) * (most - least + 1));
  const slo = SLOS[integer(1, 0, 2)] as Slo;
  const perMinute = integer(2, 300, 600);
  const burn = BURN_RATES[index % BURN_RATES.length] as number;
  const from = integer(3, 70, 90);
  const until = from + integer(4, 20, 40);
  const isNew = random(5) < 0.5;
  const requests = Array.from({ length: LENGTH }, (_, minute) => (minute === 0 ? 0 : perMinute));
  const bad = failures(perMinute * budgetOf(slo) * burn, { length: LENGTH, from, until });
  const values = counter(LENGTH, (minute) => bad[minute] ?? 0).map((value) => (isNew && value === 0 ? null : value));
  const key = (metric: string): CounterKey => `${metric} ${slo.operation}`;
  const counters = { [key(slo.requests)]: [counter(LENGTH, () => perMinute)], [key(slo.bad)]: [values] };
  const compared = [from + 15, until + 15, until + 38];
  const probes = compared.map((evaluation) => ({ evaluation, names: [], about: { slo: slo.name } }));
  const born = isNew ? ', and its counter of errors appears only then' : '';
  return {
    ...{ slo, step: 1, requests, bad, compared },
    input: `${slo.name}, ${perMinute} requests per minute, spends its budget ${burn} times too fast from minute ${from} to ${until}${born}`,
    scenario: situation({ length: LENGTH, counters, probes }),
  };
}

/** Minutes between two scrapes of the slow outage, and its scrapes per hour. */
const SLOW_STEP = 4;
const PER_HOUR = 60 / SLOW_STEP;
/** How much too fast the budget is spent: too slowly for the pairs of windows that page a person. */
const SLOW_BURN = 4.5;

/**
 * Generates a day without errors, and then a slow outage of 21 to 23 hours, in which the requests become fewer. Each window
 * therefore has another share of errors.
 */
function slowOutage(seed: number): GeneratedDay {
  const random = keyedRandom(`05.3 ${seed} slow`);
  const slo = SLOS[Math.floor(random(1) * 3)] as Slo;
  const perScrape = 2_400 + Math.floor(random(2) * 2_400);
  const [from, until] = [24 * PER_HOUR, (45 + Math.floor(random(3) * 3)) * PER_HOUR];
  const length = until + 4 * PER_HOUR;
  const requests = Array.from({ length }, (_, scrape) => {
    if (scrape === 0) return 0;
    return scrape <= until - PER_HOUR ? perScrape : perScrape / 2;
  });
  const shares = failures(perScrape * budgetOf(slo) * SLOW_BURN, { length, from, until });
  const bad = shares.map((errors, scrape) => (scrape <= until - PER_HOUR ? errors : Math.round(errors / 2)));
  const key = (metric: string): CounterKey => `${metric} ${slo.operation}`;
  const growing = (growth: readonly number[]) => [counter(length, (scrape) => growth[scrape] ?? 0)];
  const counters = { [key(slo.requests)]: growing(requests), [key(slo.bad)]: growing(bad) };
  const compared = [from + 3 * PER_HOUR, from + 8 * PER_HOUR, until - 2, until + 3 * PER_HOUR];
  const probes = compared.map((evaluation) => ({ evaluation, names: [], about: { slo: slo.name } }));
  return {
    ...{ slo, step: SLOW_STEP, requests, bad, compared },
    input: `${slo.name} spends its budget ${SLOW_BURN} times too fast from hour 24 to ${until / PER_HOUR}. In the last of these hours, only half of the usual requests arrive. Scrapes every ${SLOW_STEP} minutes`,
    scenario: situation({ length, minutes: SLOW_STEP, counters, probes }),
  };
}

/** Spreads a fractional number of errors per scrape over whole numbers. */
const failures = (
  perScrape: number,
  { length, from, until }: { length: number; from: number; until: number },
): number[] =>
  Array.from({ length }, (_, scrape) => {
    if (scrape <= from || scrape > until) return 0;
    const passed = scrape - from;
    return Math.floor(passed * perScrape) - Math.floor((passed - 1) * perScrape);
  });

/** Compares the firing alert that has the highest burn rate with the result of burnRate(). */
export const mustAgree =
  (day: GeneratedDay) =>
  ({ fired }: RulesResult): RulesMismatch | undefined => {
    for (const evaluation of day.compared) {
      const expected = windowsAt(day, evaluation, 1);
      if (
        expected !== windowsAt(day, evaluation, TOLERANCE) ||
        expected !== windowsAt(day, evaluation, 1 / TOLERANCE)
      ) {
        continue;
      }
      const firing = fired.filter(
        ({ alert, labels, firing: times }) =>
          alert === 'SloBurning' &&
          labels.slo === day.slo.name &&
          times.some(([first, last]) => first <= evaluation && evaluation <= last),
      );
      const got = BURN_WINDOWS.find(({ name }) => firing.some(({ labels }) => labels.windows === name))?.name;
      if (got === expected) continue;
      const shown = (windows: string | undefined) =>
        windows ? `SloBurning with windows ${windows}` : 'no alert SloBurning';
      return {
        expected: `at minute ${evaluation * day.step}, the first pair of windows that burns gives ${shown(expected)}`,
        got: `at minute ${evaluation * day.step}, your rules give ${shown(got)} for ${day.slo.name}`,
        line: firing[0]?.line,
      };
    }
    return undefined;
  };

/** Returns the pair of windows that burns first, if all counts of errors were `factor` times as large. */
function windowsAt({ slo, step, requests, bad }: Outage, evaluation: number, factor: number): string | undefined {
  const countOf = (length: number): RequestCounts => {
    const from = Math.max(0, evaluation - length / (step * MINUTE) + 1);
    const sum = (growth: readonly number[]) =>
      growth.slice(from, evaluation + 1).reduce((total, each) => total + each, 0);
    return { requests: sum(requests), bad: sum(bad) * factor };
  };
  return burnRate(slo.objective, countOf)?.windows.name;
}
