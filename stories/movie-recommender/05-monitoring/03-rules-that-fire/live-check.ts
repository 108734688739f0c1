import type { AlertFigures } from '#domain/experiments/live-check-figure-types.ts';
import {
  type LiveCheck,
  type LiveFigure,
  type LiveReport,
  reported,
} from '../../../academy/judging/live-check-types-and-reports.ts';
import type { AlertComparison } from '../../../academy/judging/pipeline-and-alert-figure-types.ts';

/** Number of people in the city. Smaller cities are for tests. */
const AGENTS = 6_000;
/** Minutes within which an alert must page a person, and within which it must end after the repair. */
const SOON = 10;
/** Minimum number of failed requests in the outage. With fewer, the alerts of the reference may not fire. */
const ENOUGH_FAILED = 100;

/** The scrapes of the prediction: for an hour, a counter whose first value is 5. */
const BORN_AT_FIVE = Array<number>(61).fill(5);
const GROWTH = 'increase() of a counter that is born with 5 and stays there for an hour';

/** Returns the live check of this step. @param agents @default - 6,000 */
export const liveCheck = (agents = AGENTS): LiveCheck => ({
  predicts: GROWTH,
  run: ({ file }, seed, ports) =>
    reported(async () => {
      const comparison = await ports.runAlerts({ agents, seed, file });
      return judge(comparison, await ports.evaluateExpression('increase(errors[1h])', BORN_AT_FIVE));
    }),
});

export const live = liveCheck();

type Delay = 'minutesToPage' | 'minutesToEnd' | 'minutesToMissing';

function judge({ yours, reference, requests, failed }: AlertComparison, growth: number): LiveReport {
  const delay = (name: string, of: Delay): LiveFigure => ({
    ...{ name, unit: 'minutes', yours: yours[of] ?? Number.NaN, reference: reference[of] ?? Number.NaN },
    required: `at most ${SOON}`,
  });
  const exact = (name: string, value: number): LiveFigure => ({ name, yours: value, reference: value });
  const figures = [
    delay('from the failure of the table to your page', 'minutesToPage'),
    delay('from the repair to the end of your page', 'minutesToEnd'),
    delay('from the last scrape to your alert about missing data', 'minutesToMissing'),
    {
      ...{ name: 'alerts without a cause', required: '0' },
      ...{ yours: yours.falseAlerts.length, reference: reference.falseAlerts.length },
    },
    exact('requests to the collector', requests),
    exact('requests that failed', failed),
    exact(GROWTH, growth),
  ];
  const predicted = { name: GROWTH, truth: growth };
  const isTooSmall = failed < ENOUGH_FAILED || problemOf(reference) !== undefined;
  if (isTooSmall) return { outcome: 'could not judge', figures, predicted, problem: TOO_SMALL };
  const problem = problemOf(yours);
  return { outcome: problem ? 'failed' : 'passed', figures, predicted, ...(problem && { problem }) };
}

const TOO_SMALL = {
  what: 'the alerts of the reference do not fire as required in this city',
  why: 'too few requests failed in the outage',
  fix: 'Run the live check again, or report this as an error of the step',
};

function problemOf({ minutesToPage, minutesToEnd, minutesToMissing, falseAlerts }: AlertFigures) {
  if (minutesToPage === null || minutesToPage > SOON) {
    const got = minutesToPage === null ? 'did not page' : `paged after ${minutesToPage} minutes`;
    const instead = falseAlerts[0] === undefined ? '' : `, but ${falseAlerts[0]} fired without a cause`;
    return {
      what: `your rules ${got} when a table failed for 20 minutes${instead}`,
      why: 'the alert needs the burn rates of both windows, 1h and 5m, for the SLO collect-availability',
      fix: 'Run the check without --live: it names the part of the expression that has no result',
    };
  }
  if (falseAlerts.length > 0) {
    return {
      what: `your rules fired ${falseAlerts.length} times without a cause, first ${falseAlerts[0]}`,
      why: 'apart from two incidents, the city works normally; only two scrapes fail, in minute 120',
      fix: 'Delay the alert about missing data with `for`, and let the others fire only if both windows exceed the limit',
    };
  }
  if (minutesToEnd === null || minutesToEnd > SOON) {
    return {
      what: `your page ended ${minutesToEnd} minutes after the repair`,
      why: 'ten minutes after the repair, the burn rate of the last 5 minutes is 0',
      fix: 'Require both windows of the pair, with the operator `and`',
    };
  }
  if (minutesToMissing !== null && minutesToMissing <= SOON) return undefined;
  const got = minutesToMissing === null ? 'did not notice' : `noticed after ${minutesToMissing} minutes`;
  return {
    what: `your rules ${got} that the counters of all SLOs had disappeared`,
    why: 'without counters, a comparison has no result, so no other alert can fire',
    fix: 'Find the SLOs that have a budget but no counter of requests',
  };
}
