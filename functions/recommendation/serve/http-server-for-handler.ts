import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { queryParametersOf, urlOf } from '#domain/events/collect-and-recommend-contract.ts';

/** A function's handler, called with the events of API Gateway. */
export type Handle = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

const PROTOCOL = 'HTTP/1.1';
const STATUS = { ok: 200, forbidden: 403, noRoute: 404, failed: 500 } as const;
/**
 * Milliseconds until the server closes an idle connection: longer than a load balancer's idle timeout, so that it never
 * closes a connection that is about to be used.
 */
const KEEP_ALIVE_MS = 360_000;

/**
 * Creates an HTTP server that calls a function's handler, in place of API Gateway.
 *
 * @param routeKey `GET /path`
 * @param hosts values of the header Host that callers may send @default - all, because only a load balancer connects
 */
export function serve(routeKey: string, handle: Handle, hosts?: readonly string[]): Server {
  const server = createServer((request, response) => {
    const url = urlOf(request.url ?? '/');
    if (url?.pathname === '/health') return respond(response, STATUS.ok, '{"status":"ok"}');
    if (hosts && !hosts.includes(request.headers.host ?? '')) {
      return respond(response, STATUS.forbidden, '{"message":"Forbidden"}');
    }
    if (!url || `${request.method} ${url.pathname}` !== routeKey) {
      return respond(response, STATUS.noRoute, '{"message":"Not Found"}');
    }
    handle(toEvent(request, url, routeKey))
      .then(({ statusCode = STATUS.ok, headers = {}, body = '' }) => respond(response, statusCode, body, headers))
      // API Gateway sends this response if a function fails, or if its response is invalid.
      .catch(() => respond(response, STATUS.failed, '{"message":"Internal Server Error"}'));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}

function respond(
  response: ServerResponse,
  status: number,
  body: string,
  headers: NonNullable<APIGatewayProxyStructuredResultV2['headers']> = {},
): void {
  const fields = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  response.writeHead(status, { 'content-type': 'application/json', ...Object.fromEntries(fields) }).end(body);
}

function toEvent({ method = 'GET', headers }: IncomingMessage, url: URL, routeKey: string): APIGatewayProxyEventV2 {
  const at = Date.now();
  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    ...(url.search ? { queryStringParameters: queryParametersOf(url) } : {}),
    requestContext: {
      accountId: '',
      apiId: 'container',
      domainName: headers.host ?? '',
      domainPrefix: '',
      http: {
        method,
        path: url.pathname,
        protocol: PROTOCOL,
        sourceIp: headers['x-forwarded-for']?.toString() ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: new Date(at).toUTCString(),
      timeEpoch: at,
    },
    isBase64Encoded: false,
  };
}
