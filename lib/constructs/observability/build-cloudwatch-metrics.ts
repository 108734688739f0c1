import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { labelOf, type Series } from '../../../functions/monitoring/dashboard-panels.ts';
import { budgetOf, SLOS, type Slo } from '../../../functions/monitoring/service-level-objectives.ts';

const NAMESPACE = 'AgentBricks';
const RATE_PERIOD = Duration.minutes(5);

/** Returns a metric of one of our functions, under the names that layers/adapters/telemetry writes. @default statistic - the sum */
export const metricOf = (operation: string, metricName: string, period: Duration, statistic: string = Stats.SUM) =>
  new Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { service: 'agentbricks', operation },
    statistic,
    period,
  });

/**
 * Returns the burn rate of an SLO, bad ÷ requests ÷ error budget over one period: 1 spends exactly the budget. A
 * missing `bad` metric counts as 0.
 *
 * @param atLeast minimum number of requests; with fewer, the burn rate is 0
 * @param id suffix of the metric ids, which must be unique within a graph
 */
export function burnOf(slo: Slo, period: Duration, atLeast: number, id = ''): MathExpression {
  const [requests, bad] = [`requests${id}`, `bad${id}`];
  return new MathExpression({
    expression: `IF(${requests} >= ${atLeast}, FILL(${bad}, 0) / ${requests} / ${budgetOf(slo)}, 0)`,
    usingMetrics: {
      [requests]: metricOf(slo.operation, slo.requests, period),
      [bad]: metricOf(slo.operation, slo.bad, period),
    },
    period,
    label: `${slo.name} over ${period.toHumanString()}`,
  });
}

/** Returns a line of a panel as CloudWatch's metric. @param i index of the line, for unique ids */
export function lineOf(series: Series, i: number): IMetric {
  const label = labelOf(series);
  const named = (metric: Metric): Metric => metric.with({ label });
  switch (series.kind) {
    case 'perSecond': {
      const usingMetrics = { [`n${i}`]: metricOf(series.operation, series.metric, RATE_PERIOD) };
      return new MathExpression({ expression: `n${i} / PERIOD(n${i})`, usingMetrics, period: RATE_PERIOD, label });
    }
    case 'perHour':
      return named(metricOf(series.operation, series.metric, Duration.hours(1)));
    case 'share':
      return new MathExpression({
        expression: `FILL(part${i}, 0) / whole${i}`,
        usingMetrics: {
          [`part${i}`]: metricOf(series.operation, series.metric, RATE_PERIOD),
          [`whole${i}`]: metricOf(series.operation, series.of, RATE_PERIOD),
        },
        period: RATE_PERIOD,
        label,
      });
    case 'quantile':
      return named(metricOf(series.operation, series.metric, RATE_PERIOD, Stats.percentile(series.quantile * 100)));
    case 'mean':
      return named(metricOf(series.operation, series.metric, RATE_PERIOD, Stats.AVERAGE));
    case 'burn':
      return burnOf(sloNamed(series.slo), Duration.millis(series.window), 1, String(i)).with({ label });
  }
}

function sloNamed(wanted: string): Slo {
  const found = SLOS.find(({ name }) => name === wanted);
  if (!found) throw new Error(`there is no SLO ${wanted}: add it to functions/monitoring/service-level-objectives.ts`);
  return found;
}
