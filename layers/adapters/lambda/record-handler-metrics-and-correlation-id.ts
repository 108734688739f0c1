import { randomUUID } from 'node:crypto';
import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { BrickError } from '#domain/core/brick-error.ts';
import { CORRELATION_HEADER } from '#domain/events/collect-and-recommend-contract.ts';
import type { Invocation, Telemetry } from '#ports/telemetry.ts';

/** Context of a handler, with the log and the metrics of its invocation. */
export type ObservedContext = Context & { invocation: Invocation };

/**
 * Records RED metrics (rate, errors, duration) and a correlation id for a handler: `Invocations` and `Errors` (counts)
 * and `Duration` (milliseconds), with the trigger's name as dimension. It must be the first middleware, so that it sees
 * the responses that other middlewares create from errors.
 */
export function observed<Event, Result>(
  telemetry: Telemetry,
  operation: string,
): MiddlewareObj<Event, Result, Error, ObservedContext> {
  const started = new WeakMap<Invocation, number>();
  const finish = (invocation: Invocation | undefined) => {
    if (!invocation) return;
    invocation.milliseconds('Duration', performance.now() - (started.get(invocation) ?? performance.now()));
    invocation.end();
  };
  return {
    before: ({ event, context }) => {
      const invocation = telemetry.begin({ operation, correlationId: correlationIdOf(event) });
      started.set(invocation, performance.now());
      invocation.count('Invocations');
      context.invocation = invocation;
    },
    after: ({ context, response }) => {
      if (statusOf(response) >= 500) context.invocation.count('Errors');
      finish(context.invocation);
    },
    onError: ({ context, error, response }) => {
      // errorsToHttp runs before this middleware (middy calls onError in reverse order) and has counted errors with a
      // response.
      if (response === undefined) {
        context.invocation?.count('Errors');
        if (!isInterruption(error)) context.invocation?.error('the handler failed', error);
      }
      finish(context.invocation);
    },
  };
}

/** Returns whether a person has stopped the work. The person needs no log of it. */
const isInterruption = (error: Error | null | undefined): boolean =>
  error instanceof BrickError && error.code === 'BRICK_QUERIES_INTERRUPTED';

const statusOf = (response: unknown): number =>
  typeof response === 'object' && response !== null && 'statusCode' in response ? Number(response.statusCode) : 0;

/**
 * Returns the correlation id in the HTTP header or the run id of a workflow, otherwise a new id. Records of the event
 * log have their own correlation ids.
 */
function correlationIdOf(event: unknown): string {
  const fields = (event ?? {}) as { headers?: Record<string, string>; runId?: string };
  const given = fields.headers?.[CORRELATION_HEADER] ?? fields.runId;
  return typeof given === 'string' && /^[\w.:~-]{1,64}$/.test(given) ? given : randomUUID();
}
