import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { DeadlinePassed, HangGuardFired } from '#adapters/deadlines/deadline-and-hang-guard-errors.ts';
import {
  type Api,
  type ApiRequest,
  type ApiResponse,
  type Problem,
  queryParametersOf,
  urlOf,
} from '#domain/events/collect-and-recommend-contract.ts';
import type { Deadline } from '#ports/request-deadlines.ts';
import { type Trigger, type TriggerName, triggers } from '../../../functions/triggers.ts';

/** Invokes a function of functions/triggers.ts with an event, as its event source would. */
export type InvokeFunction = (name: TriggerName, event: unknown) => Promise<unknown>;

const all = Object.entries(triggers) as [TriggerName, Trigger][];
const routes = new Map<string, TriggerName>(
  all.flatMap(([name, { on }]) => (on.kind === 'route' ? [[`${on.method} ${on.path}`, name]] : [])),
);

/**
 * Returns 404 for an unknown path, and 405 with the allowed methods for a wrong method (RFC 9110). API Gateway returns 404 in
 * both cases.
 */
export function unknownRoute(method: string, path: string): ApiResponse {
  const what = `there is no route ${method} ${path}`;
  const allowed = [...routes.keys()].map((key) => key.split(' ')).filter(([, served]) => served === path);
  if (allowed.length === 0) {
    const why = 'this server has no such path';
    return problem(404, 'BRICK_NO_ROUTE', { what, why, fix: 'See /docs for the available routes' });
  }
  const methods = allowed.map(([served]) => served).join(', ');
  const response = problem(405, 'BRICK_NO_METHOD', {
    what,
    why: 'the path exists, but it does not support this HTTP method',
    fix: `Use the method ${methods}`,
  });
  return { ...response, headers: { ...response.headers, allow: methods } };
}

/**
 * Emulates API Gateway in this process: an HTTP request becomes an API Gateway v2 event, the handler's result an HTTP response.
 */
export const gateway =
  (invoke: InvokeFunction): Api =>
  async (request) => {
    const url = urlOf(request.path);
    if (!url) {
      const [what, why] = [`the path ${request.path} is invalid`, 'it cannot be parsed as part of a URL'];
      return problem(400, 'BRICK_BAD_PATH', { what, why, fix: 'Check the URL' });
    }
    const routeKey = `${request.method} ${url.pathname}`;
    const name = routes.get(routeKey);
    if (!name) return unknownRoute(request.method, url.pathname);
    const event = toEvent(request, url, routeKey);
    try {
      return toResponse((await invoke(name, event)) as APIGatewayProxyStructuredResultV2);
    } catch (error) {
      const timedOut = error instanceof DeadlinePassed || error instanceof HangGuardFired;
      const what = timedOut ? `the function ${name} exceeded its timeout` : `the function ${name} failed`;
      const why = timedOut ? 'the function, or a component that it uses, was too slow' : 'the function threw an error';
      const fix = 'Retry the request; the log contains the cause';
      return problem(timedOut ? 504 : 500, 'BRICK_FUNCTION_FAILED', { what, why, fix });
    }
  };

function toEvent({ method, headers = {}, body }: ApiRequest, url: URL, routeKey: string): APIGatewayProxyEventV2 {
  const at = Date.now();
  const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: lowerCase,
    ...(url.search ? { queryStringParameters: queryParametersOf(url) } : {}),
    requestContext: {
      accountId: '000000000000',
      apiId: 'embedded',
      domainName: '127.0.0.1',
      domainPrefix: '127',
      http: {
        method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: lowerCase['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: new Date(at).toUTCString(),
      timeEpoch: at,
    },
    ...(body === undefined ? {} : { body }),
    isBase64Encoded: false,
  };
}

const toResponse = ({ statusCode = 200, headers = {}, body = '' }: APIGatewayProxyStructuredResultV2): ApiResponse => ({
  status: statusCode,
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
  body,
});

/** Returns an error response of the gateway, in the same format as the service's error responses. */
export function problem(status: number, code: string, explained: Pick<Problem, 'what' | 'why' | 'fix'>): ApiResponse {
  const body: Problem = { code, ...explained, correlationId: randomUUID() };
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Returns the Lambda context of one invocation. @param deadline the invocation's time budget */
export function contextOf(name: TriggerName, deadline: Deadline): Context {
  const { memoryMb } = triggers[name];
  return {
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${name}`,
    memoryLimitInMB: String(memoryMb),
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'embedded',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline.remaining()),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
