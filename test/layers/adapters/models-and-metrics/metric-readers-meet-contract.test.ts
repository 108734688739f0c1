import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll } from 'vitest';
import { cloudWatchMetrics } from '#adapters/metric-reader/cloudwatch.ts';
import { powertoolsTelemetry } from '#adapters/telemetry/powertools.ts';
import { localMetrics } from '../../../../localstack/embedded/aws/emf-to-prometheus-and-minute-sums.ts';
import {
  hasMiniStack,
  type MiniStack,
  startMiniStack,
} from '../../../../localstack/servers/install-and-start-ministack.ts';
import { describeWith } from '../../../support/require-server.ts';
import { metricReaderContract } from '../../contract-tests/metric-reader.ts';
import { withEmulatorCredentials } from '../api-access/set-emulator-credentials.ts';

metricReaderContract('the local metrics', async (measured) => {
  let now = 0;
  const metrics = localMetrics(() => now);
  const telemetry = powertoolsTelemetry({
    namespace: 'Test',
    service: 'test',
    logLevel: 'SILENT',
    onMetrics: metrics.take,
  });
  for (const { metric, operation, value, at } of measured) {
    now = at;
    const invocation = telemetry.begin({ operation, correlationId: 'c' });
    invocation.count(metric, value);
    invocation.end();
  }
  return metrics.reader;
});

describeWith(
  'MiniStack',
  hasMiniStack(),
  'It is fetched from PyPI when Python 3 is there.',
)('on an emulated AWS', () => {
  let server: MiniStack;
  let serial = 0;
  withEmulatorCredentials();
  beforeAll(async () => {
    server = await startMiniStack();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  metricReaderContract('CloudWatch', async (measured) => {
    const namespace = `Test${++serial}`;
    const { endpoint } = server;
    const client = new CloudWatchClient({ endpoint });
    for (const { metric, operation, value, at } of measured) {
      const Dimensions = [
        { Name: 'service', Value: 'test' },
        { Name: 'operation', Value: operation },
      ];
      const MetricData = [{ MetricName: metric, Dimensions, Timestamp: new Date(at), Value: value }];
      await client.send(new PutMetricDataCommand({ Namespace: namespace, MetricData }));
    }
    return cloudWatchMetrics({ namespace, service: 'test', endpoint });
  });
});
