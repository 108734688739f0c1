import { DAY, HOUR, MINUTE } from '#domain/core/time.ts';

/** Two windows that must both burn: the long one says that it matters, the short one that it is still going on. */
export interface BurnWindows {
  readonly name: string;
  /** Milliseconds. */
  readonly long: number;
  /** Milliseconds. */
  readonly short: number;
  /** Times the rate at which the budget would last exactly the SLO's period. */
  readonly burn: number;
  /** A page wakes somebody; a ticket waits for the morning. */
  readonly severity: 'page' | 'ticket';
}

/** Fastest burn first. Source: Google, The Site Reliability Workbook (2018), chapter 5, table 5-8, with a middle pair. */
export const BURN_WINDOWS: readonly BurnWindows[] = [
  { name: '1h/5m', long: HOUR, short: 5 * MINUTE, burn: 14.4, severity: 'page' },
  { name: '6h/30m', long: 6 * HOUR, short: 30 * MINUTE, burn: 6, severity: 'page' },
  { name: '1d/2h', long: DAY, short: 2 * HOUR, burn: 3, severity: 'ticket' },
  { name: '3d/6h', long: 3 * DAY, short: 6 * HOUR, burn: 1, severity: 'ticket' },
];

/** Fewer requests than this in the long window say nothing: one failure of ten is no trend. */
export const LEAST_REQUESTS = 100;

/** Requests of one window, and those that spent the error budget. */
export interface Counted {
  readonly requests: number;
  readonly bad: number;
}

export interface Burning {
  readonly windows: BurnWindows;
  /** Burn rate over the long and over the short window. */
  readonly long: number;
  readonly short: number;
}

/** How many times too fast the budget is spent; 0 when nothing was asked. @param objective share of good requests, 0 to 1 */
export const burnOf = ({ requests, bad }: Counted, objective: number): number =>
  requests === 0 ? 0 : bad / requests / (1 - objective);

/**
 * The fastest pair of windows in which an SLO burns, or undefined. Pure: what it decides by is all in its arguments.
 *
 * @param objective share of good requests, below 1
 * @param countOf requests of the last `length` milliseconds
 */
export function burnRate(objective: number, countOf: (length: number) => Counted): Burning | undefined {
  for (const windows of BURN_WINDOWS) {
    const counted = countOf(windows.long);
    if (counted.requests < LEAST_REQUESTS) continue;
    const [long, short] = [burnOf(counted, objective), burnOf(countOf(windows.short), objective)];
    if (long > windows.burn && short > windows.burn) return { windows, long, short };
  }
  return undefined;
}
