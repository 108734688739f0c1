import type { JsonObject } from '#domain/core/json.ts';

/** One invocation of one handler: its structured log lines and its metrics, published together by `end`. */
export interface Invocation {
  readonly correlationId: string;
  info(message: string, fields?: JsonObject): void;
  warn(message: string, fields?: JsonObject): void;
  error(message: string, error: unknown, fields?: JsonObject): void;
  /** Unit: count. Adds up within the invocation. */
  count(metric: string, value?: number): void;
  /** Unit: milliseconds. */
  milliseconds(metric: string, value: number): void;
  /** Publishes what was measured (EMF on AWS). Call once. */
  end(): void;
}

export interface Telemetry {
  /** @param operation the trigger's name in functions/triggers.ts; a dimension of every metric */
  begin(context: { readonly operation: string; readonly correlationId: string }): Invocation;
}

/** Reads metrics back, for SLOs: CloudWatch on AWS, the local runtime's minute buckets when embedded. */
export interface MetricReader {
  /** Sum of a metric over `from` <= t < `to` (UTC epoch ms), whole minutes. 0 when nothing was measured. */
  sum(metric: string, operation: string, from: number, to: number): Promise<number>;
}
