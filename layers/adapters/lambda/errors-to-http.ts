import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { BrickError } from '#domain/core/errors.ts';
import { CORRELATION_HEADER, type Problem } from '#domain/events/api-contract.ts';
import type { ObservedContext } from './observe-handler.ts';

/** A request that cannot be served as it is: 4xx. */
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

/** The only place that turns an error into an answer: bad request 4xx, retryable 503, other BrickError 422, a bug 500. */
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
  return 500;
}

/** What went wrong inside stays inside: a bug's message may hold anything. */
function problemOf(error: Error | null | undefined, correlationId: string): Problem {
  if (error instanceof BrickError) return { code: error.code, ...error.explanation, correlationId };
  return {
    code: 'BRICK_INTERNAL',
    what: 'the request could not be served',
    why: 'an error on our side',
    fix: 'Try again; if it stays, look up the correlation id in the logs',
    correlationId,
  };
}
