import type { JsonObject } from '#domain/core/json-value-types.ts';

/** Structured log lines and metrics of one invocation of a handler. Concurrent invocations are independent. */
export interface Invocation {
  /** Id that links the log lines of one request. It is a field of every line. */
  readonly correlationId: string;
  info(message: string, fields?: JsonObject): void;
  warn(message: string, fields?: JsonObject): void;
  error(message: string, error: unknown, fields?: JsonObject): void;
  /** Adds to a count of this invocation. @default value - 1 */
  count(metric: string, value?: number): void;
  /** Sets a duration in milliseconds. */
  milliseconds(metric: string, value: number): void;
  /** Publishes all metrics of the invocation together (EMF on AWS). Call it once. */
  end(): void;
}

/** Starts the telemetry of invocations. test/layers/contract-tests/telemetry.ts tests this contract. */
export interface Telemetry {
  /** @param context.operation name of the trigger in functions/triggers.ts, a dimension of every metric */
  begin(context: { readonly operation: string; readonly correlationId: string }): Invocation;
}

/**
 * Reads metrics, for service-level objectives: from CloudWatch on AWS, from one-minute buckets in the embedded runtime.
 *
 * test/layers/contract-tests/metric-reader.ts tests this contract.
 */
export interface MetricReader {
  /**
   * Returns the sum of a metric over the period `from` ≤ t < `to`, in UTC epoch milliseconds; 0 if it has no data. Both times
   * must be full minutes.
   */
  sum(metric: string, operation: string, from: number, to: number): Promise<number>;
}
