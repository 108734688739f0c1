import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { MINUTE, SECOND } from '#domain/core/time.ts';
import type { MetricReader } from '#ports/telemetry.ts';

interface Options {
  /** CloudWatch namespace and service of the metrics, as the telemetry adapter writes them. */
  readonly namespace: string;
  readonly service: string;
  readonly endpoint?: string;
}

/** Maximum number of datapoints in a response of CloudWatch. */
const MAX_DATAPOINTS = 1_440;

/** Returns a reader of the EMF metrics in CloudWatch, in periods of full minutes. */
export function cloudWatchMetrics({ namespace, service, endpoint }: Options): MetricReader {
  const client = new CloudWatchClient(endpoint ? { endpoint } : {});
  return {
    sum: async (metric, operation, from, to) => {
      const minutes = Math.max(1, Math.ceil((to - from) / MINUTE / MAX_DATAPOINTS));
      const { Datapoints = [] } = await client.send(
        new GetMetricStatisticsCommand({
          Namespace: namespace,
          MetricName: metric,
          Dimensions: [
            { Name: 'service', Value: service },
            { Name: 'operation', Value: operation },
          ],
          StartTime: new Date(from),
          EndTime: new Date(to),
          Period: (minutes * MINUTE) / SECOND,
          Statistics: ['Sum'],
        }),
      );
      return Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0);
    },
  };
}
