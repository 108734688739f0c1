import { connect } from '#adapters/composition/connect-ports.ts';
import { readConfig, settingsOf } from '#adapters/composition/read-config.ts';
import { powertoolsTelemetry } from '#adapters/telemetry/powertools.ts';
import { recommend } from '../../../functions/recommendation/recommend/handler.ts';

/** Measures the time from the start of this process to its first slate, with the embedded stores. */
// A cold start on AWS imports the AWS adapters, so this process imports them, too.
await Promise.all([
  import('#adapters/event-log/kafka.ts'),
  import('#adapters/object-store/s3.ts'),
  import('#adapters/table/dynamodb.ts'),
  import('#adapters/cache/redis.ts'),
]);
const config = readConfig();
const telemetry = powertoolsTelemetry({
  namespace: 'bench',
  service: 'bench',
  logLevel: 'SILENT',
  onMetrics: () => {},
});
const ports = await connect(config, { telemetry, metricReader: { sum: async () => 0 } });
const imported = performance.now();
const handler = recommend({ ...ports, settings: settingsOf(config) });
const event = { headers: {}, queryStringParameters: { userId: 'u-7', k: '20' } };
const answer = (await handler(event as never, {} as never)) as { statusCode: number; body: string };
const { policy, items } = JSON.parse(answer.body) as { policy: string; items: readonly unknown[] };
const first = performance.now();
process.stdout.write(
  `${JSON.stringify({ status: answer.statusCode, policy, items: items.length, imported, first, bytes: process.memoryUsage.rss() })}\n`,
);
process.exit();
