import { type EmfObject, powertoolsTelemetry } from '#adapters/telemetry/powertools.ts';
import { type Published, telemetryContract } from '../../contract-tests/telemetry.ts';

const metricsOf = (emf: EmfObject): Published => ({
  operation: String(emf.operation),
  metrics: Object.fromEntries(
    emf._aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name }) => [Name, Number(emf[Name])])),
  ),
});

telemetryContract('Powertools', () => {
  const published: Published[] = [];
  const onMetrics = (emf: EmfObject) => void published.push(metricsOf(emf));
  const options = { namespace: 'Test', service: 'test', logLevel: 'SILENT' } as const;
  return { telemetry: powertoolsTelemetry({ ...options, onMetrics }), published: () => published };
});
