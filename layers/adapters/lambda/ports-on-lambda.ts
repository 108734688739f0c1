import type { Settings } from '#domain/core/recommendation-settings-types.ts';
import type { Ports } from '#ports/index.ts';
import type { Routes } from '../api-client/http-api-with-overload-retries.ts';
import { connect } from '../composition/connect-ports.ts';
import { readConfig, routesOf, settingsOf } from '../composition/read-config.ts';
import { cloudWatchMetrics } from '../metric-reader/cloudwatch.ts';
import { powertoolsTelemetry } from '../telemetry/powertools.ts';

/** Service name of all functions. The dimension `operation` distinguishes their metrics. */
const SERVICE = 'agentbricks';

/** Creates the ports and settings of a function on AWS, once per execution environment. @throws BadConfiguration */
export async function onAws(): Promise<
  Ports & { readonly settings: Settings; readonly routes: Routes; readonly allowedHosts?: readonly string[] }
> {
  const config = readConfig();
  const { METRICS_NAMESPACE: namespace, LOG_LEVEL: logLevel, AWS_ENDPOINT_URL: endpoint } = config;
  const telemetry = powertoolsTelemetry({ namespace, service: SERVICE, logLevel });
  const metricReader = cloudWatchMetrics({ namespace, service: SERVICE, endpoint });
  return {
    ...(await connect(config, { telemetry, metricReader })),
    settings: settingsOf(config),
    routes: routesOf(config),
    allowedHosts: config.ALLOWED_HOSTS,
  };
}
