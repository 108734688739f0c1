import { DAY, HOUR, MINUTE } from '#domain/core/time.ts';

/**
 * A pair of windows. An alert requires a high burn rate in both: the long window shows that the problem is significant,
 * the short one that it continues.
 */
export interface BurnWindows {
  readonly name: string;
  /** Milliseconds. */
  readonly long: number;
  /** Milliseconds. */
  readonly short: number;
  /** Limit of the burn rate. At a burn rate of 1, the error budget lasts exactly the SLO's period. */
  readonly burn: number;
  /** A page alerts an engineer at once; a ticket waits for the next working day. */
  readonly severity: 'page' | 'ticket';
}

/**
 * The pairs of windows, highest limit of the burn rate first. CloudWatch's alarms are built from this table;
 * localstack/prometheus/rules.yml repeats it.
 *
 * Source  Google, The Site Reliability Workbook (2018), chapter 5, table 5-8, plus the pair 1d/2h
 */
export const BURN_WINDOWS: readonly BurnWindows[] = [
  { name: '1h/5m', long: HOUR, short: 5 * MINUTE, burn: 14.4, severity: 'page' },
  { name: '6h/30m', long: 6 * HOUR, short: 30 * MINUTE, burn: 6, severity: 'page' },
  { name: '1d/2h', long: DAY, short: 2 * HOUR, burn: 3, severity: 'ticket' },
  { name: '3d/6h', long: 3 * DAY, short: 6 * HOUR, burn: 1, severity: 'ticket' },
];

/** Minimum number of requests in the long window. One failure in ten requests is not a trend. */
export const LEAST_REQUESTS = 100;

/** Number of requests in one window, and number of those that spent the error budget. */
export interface RequestCounts {
  readonly requests: number;
  readonly bad: number;
}

export interface Burning {
  readonly windows: BurnWindows;
  /** Burn rate in the long window. */
  readonly long: number;
  /** Burn rate in the short window. */
  readonly short: number;
}
