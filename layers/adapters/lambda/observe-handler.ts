import { randomUUID } from 'node:crypto';
import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { CORRELATION_HEADER } from '#domain/events/api-contract.ts';
import type { Invocation, Telemetry } from '#ports/telemetry.ts';

/** A handler's context: the invocation's log and metrics are at hand, under one correlation id. */
export type ObservedContext = Context & { invocation: Invocation };

/**
 * RED metrics and a correlation id for any handler: `Invocations`, `Errors` (counts) and `Duration` (milliseconds),
 * with the trigger's name as dimension. Use it first, so that it sees what the others make of an error.
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
      // errorsToHttp ran before us (middy unwinds) and counted what it answered.
      if (response === undefined) {
        context.invocation?.count('Errors');
        context.invocation?.error('the handler failed', error);
      }
      finish(context.invocation);
    },
  };
}

const statusOf = (response: unknown): number =>
  typeof response === 'object' && response !== null && 'statusCode' in response ? Number(response.statusCode) : 0;

/** From the HTTP header, or from the workflow's run id; a batch of records carries one id per record instead. */
function correlationIdOf(event: unknown): string {
  const fields = (event ?? {}) as { headers?: Record<string, string>; runId?: string };
  const given = fields.headers?.[CORRELATION_HEADER] ?? fields.runId;
  return typeof given === 'string' && /^[\w.:~-]{1,64}$/.test(given) ? given : randomUUID();
}
