import type { Scenario } from '../../../../academy/runners/rules/message-types.ts';
import { counter, situation } from './build-counter-series.ts';

/** A situation in which no alert may fire, with its description. */
interface QuietSituation {
  readonly input: string;
  readonly scenario: Scenario;
}

/** Minutes between two scrapes in the quiet week. Fewer scrapes make its evaluation faster. */
const WEEK_STEP = 4;
const WEEK = (7 * 24 * 60) / WEEK_STEP;
/** Scrapes between two errors in the quiet week: a fifth of what the budget allows. */
const ERROR_EVERY = 20;
/** In the last 30 hours of the week, 3 of 10 scrapes have an error: 1.25 times what the budget allows. */
const [WORSE_SCRAPES, ERRORS, OF_SCRAPES] = [(30 * 60) / WEEK_STEP, 3, 10];

/**
 * The errors of the last 30 hours exceed the budget of a day, but not the budget of three days. So rules whose window of
 * three days is shorter do not stay silent.
 */
export function week(seed: number): QuietSituation {
  const phase = seed % ERROR_EVERY;
  const errors = counter(WEEK, (scrape) => {
    const fails =
      scrape > WEEK - WORSE_SCRAPES
        ? (scrape * ERRORS) % OF_SCRAPES < ERRORS
        : scrape > ERROR_EVERY && (scrape + phase) % ERROR_EVERY === ERROR_EVERY - 1;
    return fails ? 1 : 0;
  });
  return {
    input:
      'A week in which one in 5,000 requests fails, and one in 800 in its last 30 hours. That is less than the budget of three days. Scrapes every 4 minutes',
    scenario: situation({
      length: WEEK,
      minutes: WEEK_STEP,
      counters: { 'Errors collect': [errors], 'Errors recommend': [errors] },
    }),
  };
}

export function neverFailed(): QuietSituation {
  const length = 60;
  const missing = [Array.from({ length }, () => null)];
  return {
    input: 'An hour in which nothing has failed yet, so that no counter of errors exists',
    scenario: situation({
      length,
      counters: {
        ...{ 'Errors collect': missing, 'Errors recommend': missing, 'Degraded recommend': missing },
        ...{ 'Errors archive': missing, 'Errors update-online': missing },
        ...{ 'FeaturesDiffered check-parity': missing, 'ViewsStale check-parity': missing },
      },
    }),
  };
}

const SPIKE = 360;

export function spike(): QuietSituation {
  const length = SPIKE + 60;
  return {
    input: 'After six quiet hours, 12 of the 60 requests of one minute fail',
    scenario: situation({
      length,
      counters: { 'Errors collect': [counter(length, (minute) => (minute === SPIKE ? 12 : 0))] },
    }),
  };
}

export function handful(): QuietSituation {
  const length = 90;
  return {
    input: 'One request arrives per minute, and all of them fail. After 90 minutes, there are fewer than 100',
    scenario: situation({
      length,
      counters: { 'Invocations collect': [counter(length, () => 1)], 'Errors collect': [counter(length, () => 1)] },
    }),
  };
}

const [DOWN_FROM, DOWN_UNTIL] = [60, 62];

export function restart(): QuietSituation {
  const length = 100;
  const restarted = (perMinute: number) =>
    Array.from({ length }, (_, minute) => {
      if (minute >= DOWN_FROM && minute < DOWN_UNTIL) return null;
      return perMinute * (minute < DOWN_FROM ? minute : minute - DOWN_UNTIL);
    });
  return {
    input: 'The service restarts at minute 60. For two minutes it has no counters, then they start at 0 again',
    scenario: situation({
      length,
      counters: {
        'Invocations collect': [restarted(60)],
        'Errors collect': [restarted(0)],
        'Invocations recommend': [restarted(60)],
        'Errors recommend': [restarted(0)],
        'Degraded recommend': [restarted(0)],
        'Invocations archive': [restarted(6)],
        'Errors archive': [restarted(0)],
      },
    }),
  };
}
