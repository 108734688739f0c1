import { isUtf8 } from 'node:buffer';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SECOND } from '#domain/core/time.ts';
import type { Api, ApiResponse } from '#domain/events/collect-and-recommend-contract.ts';
import { MAX_BODY_BYTES } from '#domain/events/collect-and-recommend-contract.ts';
import { problem, unknownRoute } from '../aws/api-gateway.ts';
import type { localMetrics } from '../aws/emf-to-prometheus-and-minute-sums.ts';
import { type Admission, type Admitted, admission, LIMITS, type Limits } from './admission-control.ts';
import { limitPerUser } from './limit-recommendations-per-user.ts';
import { descriptorsForConnections } from './open-file-limit.ts';
import { rejectedAsCrossSite } from './reject-cross-site-requests.ts';

/** A page or feed that is served next to the API. */
export interface Route {
  readonly path: string;
  /** @default GET */
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Also serves all paths below `path`. @default - only the path itself */
  readonly below?: true;
  /** Whether it is a feed, which keeps its response open. The limit on open connections applies to it, and no other limit. */
  readonly isFeed?: true;
  respond(request: IncomingMessage, response: ServerResponse): Promise<void> | void;
}

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

interface Options {
  readonly api: Api;
  readonly metrics: Pick<ReturnType<typeof localMetrics>, 'contentType' | 'exposition'>;
  readonly port: number;
  readonly routes: readonly Route[];
  /** @default - LIMITS */
  readonly limits?: Partial<Limits>;
}

const HOST = '127.0.0.1';
const NO_CONTENT = 204;
const STATUS = { bad: 400, tooLarge: 413, busy: 429 } as const;
/** Seconds that a rejected client should wait before it retries. */
const RETRY_AFTER = 1;
/** Interval at which Node checks for slow clients, milliseconds. */
const LOOK_EVERY = SECOND;

/** Serves the API and the local pages over HTTP, only on the loopback address. */
export async function httpServer({ api, metrics, port, routes, limits = {} }: Options): Promise<HttpServer> {
  const { connections, headersTimeout, requestTimeout, ...room } = { ...LIMITS, ...limits };
  const admitting = admission(room, limitPerUser());
  const own: Route[] = [
    {
      path: '/metrics',
      respond: async (_, response) =>
        send(response, 200, metrics.contentType, (await metrics.exposition()) + shedMetric(admitting.shed)),
    },
    // Browsers request it automatically.
    { path: '/favicon.ico', respond: (_, response) => void response.writeHead(NO_CONTENT).end() },
    { path: '/v1/health', respond: (_, response) => send(response, 200, 'application/json', '{"status":"ok"}') },
  ];
  const find = ({ method = 'GET', url = '/' }: IncomingMessage): Route | undefined => {
    const path = url.split('?')[0] ?? '/';
    const serves = (route: Route) => path === route.path || (route.below && path.startsWith(`${route.path}/`));
    return [...own, ...routes].find((route) => (route.method ?? 'GET') === method && serves(route));
  };
  const server = createServer(
    { headersTimeout, requestTimeout, connectionsCheckingInterval: Math.min(LOOK_EVERY, headersTimeout) },
    (request, response) => {
      const route = find(request);
      const rejected = rejectedAsCrossSite(request, route !== undefined);
      const answered = async () => {
        if (rejected) respond(response, rejected);
        else if (route)
          await show(route, own.includes(route) || route.isFeed ? undefined : admitting, request, response);
        else await answer(api, admitting, request, response);
      };
      answered().catch(() => response.destroy());
    },
  );
  server.maxConnections = Math.min(connections, descriptorsForConnections());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    url: `http://${HOST}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Returns the number of rejected requests as a Prometheus counter. The server counts them, because no function runs.
 */
const shedMetric = (shed: number): string =>
  `# HELP agentbricks_shed_total Requests rejected with 429\n# TYPE agentbricks_shed_total counter\nagentbricks_shed_total ${shed}\n`;

export function send(response: ServerResponse, status: number, contentType: string, body: string | Uint8Array): void {
  response.writeHead(status, { 'content-type': contentType, 'x-content-type-options': 'nosniff' }).end(body);
}

const respond = (response: ServerResponse, { status, headers, body }: ApiResponse) =>
  response.writeHead(status, headers).end(body);

async function answer(api: Api, room: Admission, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const admitted = room.admit(request.method, request.url);
  try {
    respond(response, admitted ? await ask(api, admitted, request) : busy());
  } finally {
    admitted?.release();
  }
}

/** Responds with a page. @param room limits of the server; the server's own pages and feeds have none */
async function show(route: Route, room: Admission | undefined, request: IncomingMessage, response: ServerResponse) {
  const admitted = room?.admit();
  try {
    if (room && !admitted?.serve()) respond(response, busy());
    else await route.respond(request, response);
  } finally {
    admitted?.release();
  }
}

/** Returns a new 429 response each time, because each has its own id. */
function busy(): ApiResponse {
  const what = 'the server has too many open requests, or one user requests too many slates per second';
  const why = 'both are limited, and so is the total size of the requests';
  const response = problem(STATUS.busy, 'BRICK_BUSY', { what, why, fix: `Retry after ${RETRY_AFTER} s` });
  return { ...response, headers: { ...response.headers, 'retry-after': String(RETRY_AFTER) } };
}

async function ask(api: Api, admitted: Admitted, request: IncomingMessage): Promise<ApiResponse> {
  const { method = 'GET', url: path = '/' } = request;
  if (method !== 'GET' && method !== 'POST') return unknownRoute(method, path.split('?')[0] ?? '/');
  const body = hasBody(request) ? await readBody(request, admitted) : NO_BODY;
  if (body === 'busy' || !admitted.serve()) return busy();
  if (body === 'too large') {
    const what = `the request body is larger than ${MAX_BODY_BYTES} bytes`;
    const why = "the limit protects the server's memory";
    return problem(STATUS.tooLarge, 'BRICK_TOO_LARGE', { what, why, fix: 'Send smaller batches' });
  }
  if (!isUtf8(body)) {
    const [what, why] = ['the request body is not UTF-8', 'the service reads JSON, which is encoded in UTF-8'];
    return problem(STATUS.bad, 'BRICK_NOT_UTF8', { what, why, fix: 'Encode the body as UTF-8' });
  }
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  return api({ method, path, headers, ...(method === 'POST' ? { body: body.toString('utf8') } : {}) });
}

const NO_BODY = Buffer.alloc(0);
/** A request has a body if it has one of these headers (RFC 9112). */
const hasBody = ({ headers }: IncomingMessage) =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

/** Returns the body, or the reason why reading stopped. The rest that the client sends is discarded. */
function readBody(request: IncomingMessage, admitted: Admitted): Promise<Buffer | 'too large' | 'busy'> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return Promise.resolve('too large');
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (why: 'too large' | 'busy') => {
      request.removeListener('data', take);
      request.resume();
      resolve(why);
    };
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) return stop('too large');
      if (!admitted.keep(chunk.length)) return stop('busy');
      chunks.push(chunk);
    };
    request.on('data', take);
    request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    // The client closed the connection or was disconnected, so no response can be sent.
    request.once('close', () => reject(new Error('the client closed the connection')));
  });
}
