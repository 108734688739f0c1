import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { BrickError } from '#domain/core/brick-error.ts';
import { CORRELATION_HEADER, type Problem } from '#domain/events/collect-and-recommend-contract.ts';
import type { ObservedContext } from './record-handler-metrics-and-correlation-id.ts';

/** The request is invalid: the response has a 4xx status. */
export class BadRequest extends BrickError {
  override readonly code = 'BRICK_BAD_REQUEST';
  readonly status: number;
  constructor(what: string, why: string, fix: string, status = 400) {
    super({ what, why, fix });
    this.status = status;
  }
}

export function reply(
  statusCode: number,
  body: object,
  headers: Record<string, string> = {},
): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/**
 * Maps errors to responses, for all handlers: BadRequest 4xx, retryable errors 503, other BrickErrors 422, the end of the
 * function's time 504, any other error 500.
 */
export const errorsToHttp = (): MiddlewareObj<
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Error,
  ObservedContext
> => ({
  after: ({ context, response }) => {
    if (response) response.headers = { ...response.headers, [CORRELATION_HEADER]: context.invocation.correlationId };
  },
  onError: (request) => {
    const { invocation } = request.context;
    const { error } = request;
    const status = statusOf(error);
    if (status >= 500) {
      invocation.count('Errors');
      invocation.error('the request failed', error);
    } else {
      invocation.count('Refused');
    }
    request.response = reply(status, problemOf(error, invocation.correlationId), {
      [CORRELATION_HEADER]: invocation.correlationId,
      ...(status === 503 ? { 'retry-after': '1' } : {}),
    });
  },
});

function statusOf(error: Error | null | undefined): number {
  if (error instanceof BadRequest) return error.status;
  if (error instanceof BrickError) return error.retryable ? 503 : 422;
  return isTimeout(error) ? 504 : 500;
}

/** Returns whether middy ended the handler, shortly before the function's timeout. */
const isTimeout = (error: Error | null | undefined): boolean => error?.name === 'TimeoutError';

const TIMED_OUT = {
  code: 'BRICK_FUNCTION_FAILED',
  what: 'the function exceeded its timeout',
  why: 'the function, or a component that it uses, was too slow',
  fix: 'Retry the request; the log contains the cause',
};

/**
 * Returns the body of an error response. It contains no message of an unexpected error, which could reveal internal
 * data.
 */
function problemOf(error: Error | null | undefined, correlationId: string): Problem {
  if (error instanceof BrickError) return { code: error.code, ...error.explanation, correlationId };
  if (isTimeout(error)) return { ...TIMED_OUT, correlationId };
  return {
    code: 'BRICK_INTERNAL',
    what: 'the request failed',
    why: 'the service has an internal error',
    fix: 'Retry the request. If it fails again, search the logs for the correlation id',
    correlationId,
  };
}
