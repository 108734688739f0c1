import { Logger } from '@aws-lambda-powertools/logger';
import type { LogLevel } from '@aws-lambda-powertools/logger/types';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { JsonObject } from '#domain/core/json-value-types.ts';
import type { Invocation, Telemetry } from '#ports/telemetry.ts';

/** Metrics of one invocation in the embedded metric format (EMF) of CloudWatch. */
export type EmfObject = ReturnType<Metrics['serializeMetrics']>;

export interface TelemetryOptions {
  /** CloudWatch namespace of the metrics. */
  readonly namespace: string;
  readonly service: string;
  readonly logLevel: LogLevel;
  /** Receives the metrics of each invocation. @default - prints them to standard output, where CloudWatch reads them */
  readonly onMetrics?: (emf: EmfObject) => void;
}

const OPERATION = 'operation';
const toStandardOutput = (emf: EmfObject) => process.stdout.write(`${JSON.stringify(emf)}\n`);

/**
 * Returns telemetry with structured JSON logs and EMF metrics by AWS Powertools. Concurrent invocations are
 * independent.
 */
export function powertoolsTelemetry({
  namespace,
  service,
  logLevel,
  onMetrics = toStandardOutput,
}: TelemetryOptions): Telemetry {
  const logger = new Logger({ serviceName: service, logLevel });
  const metrics = new Metrics({ namespace, serviceName: service });
  const publish = (operation: string, counts: ReadonlyMap<string, number>, times: ReadonlyMap<string, number>) => {
    metrics.addDimension(OPERATION, operation);
    for (const [name, value] of counts) metrics.addMetric(name, MetricUnit.Count, value);
    for (const [name, value] of times) metrics.addMetric(name, MetricUnit.Milliseconds, value);
    const emf = metrics.serializeMetrics();
    metrics.clearMetrics();
    metrics.clearDimensions();
    onMetrics(emf);
  };
  return {
    begin: ({ operation, correlationId }) => invocationOf({ logger, publish, operation, correlationId }),
  };
}

interface InvocationOptions {
  readonly logger: Logger;
  readonly publish: (
    operation: string,
    counts: ReadonlyMap<string, number>,
    times: ReadonlyMap<string, number>,
  ) => void;
  readonly operation: string;
  readonly correlationId: string;
}

function invocationOf({ logger, publish, operation, correlationId }: InvocationOptions): Invocation {
  const counts = new Map<string, number>();
  const times = new Map<string, number>();
  const withIds = (fields: JsonObject = {}) => ({ ...fields, operation, correlation_id: correlationId });
  return {
    correlationId,
    info: (message, fields) => logger.info(message, withIds(fields)),
    warn: (message, fields) => logger.warn(message, withIds(fields)),
    error: (message, error, fields) => logger.error(message, { ...withIds(fields), error: asError(error) }),
    count: (metric, value = 1) => void counts.set(metric, (counts.get(metric) ?? 0) + value),
    milliseconds: (metric, value) => void times.set(metric, value),
    end: () => publish(operation, counts, times),
  };
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
