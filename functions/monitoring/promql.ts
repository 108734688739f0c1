import { DAY, HOUR, MINUTE } from '#domain/core/time.ts';
import type { Series } from './dashboard-panels.ts';
import type { Slo } from './service-level-objectives.ts';

const PREFIX = 'agentbricks';
/** Over which a rate is taken: several scrapes, so that one that is missed does no harm. */
const RATE_WINDOW = 5 * MINUTE;

const snakeCase = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/** Names in Prometheus of our metrics: localstack/embedded/aws/cloudwatch-metrics.ts writes them, rules and dashboards read them. */
export const counterName = (metric: string): string => `${PREFIX}_${snakeCase(metric)}_total`;
export const histogramName = (metric: string): string => `${PREFIX}_${snakeCase(metric)}_milliseconds`;

/** Recording rules: an SLO's burn rate, and its requests, over a window. */
export const burnName = (window: number): string => `${PREFIX}:slo_burn:rate${durationOf(window)}`;
export const requestsName = (window: number): string => `${PREFIX}:slo_requests:increase${durationOf(window)}`;

/** A duration in Prometheus's words: 1d, 6h, 30m. @param window milliseconds, whole minutes */
export function durationOf(window: number): string {
  if (window % DAY === 0) return `${window / DAY}d`;
  return window % HOUR === 0 ? `${window / HOUR}h` : `${window / MINUTE}m`;
}

const countedIn = (metric: string, operation: string, window: number) =>
  `sum(increase(${counterName(metric)}{operation="${operation}"}[${durationOf(window)}]))`;

/** PromQL: requests of an SLO in a window. */
export const requestsQuery = ({ requests, operation }: Slo, window: number): string =>
  countedIn(requests, operation, window);

/** PromQL: bad requests ÷ requests ÷ budget, as burnOf (burn-rate.ts) says. A metric that nobody counted yet is 0. */
export const burnQuery = (slo: Slo, window: number): string =>
  `(${countedIn(slo.bad, slo.operation, window)} or vector(0)) / ${requestsQuery(slo, window)} / ${budgetOf(slo)}`;

/** Share of requests that may be bad, without the dust of floating point: 0.001 and not 0.0010000000000000009. */
export const budgetOf = ({ objective }: Pick<Slo, 'objective'>): number => Number((1 - objective).toFixed(9));

/** PromQL of one line of a panel. */
export function queryOf(series: Series): string {
  const rate = durationOf(RATE_WINDOW);
  switch (series.kind) {
    case 'perSecond':
      return `sum(rate(${counterName(series.metric)}{operation="${series.operation}"}[${rate}]))`;
    case 'perHour':
      return countedIn(series.metric, series.operation, HOUR);
    case 'share':
      return `${countedIn(series.metric, series.operation, RATE_WINDOW)} / ${countedIn(series.of, series.operation, RATE_WINDOW)}`;
    case 'quantile': {
      const buckets = `${histogramName(series.metric)}_bucket{operation="${series.operation}"}`;
      return `histogram_quantile(${series.quantile}, sum by (le) (rate(${buckets}[${rate}])))`;
    }
    case 'mean': {
      const of = (part: 'sum' | 'count') =>
        `sum(rate(${histogramName(series.metric)}_${part}{operation="${series.operation}"}[${rate}]))`;
      return `${of('sum')} / ${of('count')}`;
    }
    case 'burn':
      return `${burnName(series.window)}{slo="${series.slo}"}`;
  }
}
