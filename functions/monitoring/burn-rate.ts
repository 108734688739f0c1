import { BURN_WINDOWS, type Burning, LEAST_REQUESTS, type RequestCounts } from './burn-windows.ts';

/**
 * Returns the first pair of BURN_WINDOWS (highest limit first) in which an SLO burns, or undefined. An SLO burns in a
 * pair if its burn rate exceeds the pair's limit in both windows.
 *
 * Unit    burn rate: share of bad requests ÷ error budget; at 1 the budget lasts exactly the SLO's period; 0 without
 *         requests
 * Never   returns a pair whose long window has fewer than LEAST_REQUESTS requests; reads a clock or a metric itself
 *
 * @param objective share of good requests, below 1
 * @param countOf returns the request counts of the last `length` milliseconds
 */
export function burnRate(objective: number, countOf: (length: number) => RequestCounts): Burning | undefined {
  for (const windows of BURN_WINDOWS) {
    const counts = countOf(windows.long);
    if (counts.requests < LEAST_REQUESTS) continue;
    const [long, short] = [burnOf(counts, objective), burnOf(countOf(windows.short), objective)];
    if (long > windows.burn && short > windows.burn) return { windows, long, short };
  }
  return undefined;
}

const burnOf = ({ requests, bad }: RequestCounts, objective: number): number =>
  requests === 0 ? 0 : bad / requests / (1 - objective);
