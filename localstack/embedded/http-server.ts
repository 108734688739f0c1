import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Api, ApiResponse } from '#domain/http.ts';
import { MAX_BODY_BYTES } from '#domain/http.ts';
import { SECOND } from '#domain/time.ts';
import { problem } from './gateway.ts';
import type { localMetrics } from './metrics.ts';

/** A page or a feed beside the API. `stream` keeps the connection open until it closes. */
export interface Route {
  readonly path: string;
  /** Answers every path below `path` too. @default - only the path itself */
  readonly below?: true;
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
}

const HOST = '127.0.0.1';
const NO_CONTENT = 204;
/** A client has this long to send its headers, and its whole request. */
const HEADERS_TIMEOUT = 10 * SECOND;
const REQUEST_TIMEOUT = 30 * SECOND;

/** The API and the local pages over HTTP, on the loopback address only. */
export async function httpServer({ api, metrics, port, routes }: Options): Promise<HttpServer> {
  const own: Route[] = [
    {
      path: '/metrics',
      respond: async (_, response) => send(response, 200, metrics.contentType, await metrics.exposition()),
    },
    // Browsers ask for it unasked.
    { path: '/favicon.ico', respond: (_, response) => void response.writeHead(NO_CONTENT).end() },
    { path: '/v1/health', respond: (_, response) => send(response, 200, 'application/json', '{"status":"ok"}') },
  ];
  const find = (path: string) =>
    [...own, ...routes].find((route) => path === route.path || (route.below && path.startsWith(`${route.path}/`)));
  const server = createServer(
    { headersTimeout: HEADERS_TIMEOUT, requestTimeout: REQUEST_TIMEOUT },
    (request, response) => {
      const route = request.method === 'GET' ? find((request.url ?? '/').split('?')[0] ?? '/') : undefined;
      const answered = route ? Promise.resolve(route.respond(request, response)) : answer(api, request, response);
      answered.catch(() => response.destroy());
    },
  );
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

export function send(response: ServerResponse, status: number, contentType: string, body: string | Uint8Array): void {
  response.writeHead(status, { 'content-type': contentType, 'x-content-type-options': 'nosniff' }).end(body);
}

async function answer(api: Api, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, headers, body } = await ask(api, request);
  response.writeHead(status, headers).end(body);
}

async function ask(api: Api, request: IncomingMessage): Promise<ApiResponse> {
  const { method = 'GET', url: path = '/' } = request;
  if (method !== 'GET' && method !== 'POST')
    return problem(405, 'BRICK_NO_METHOD', `${method} is not served`, 'Use GET or POST');
  const body = await readBody(request);
  if (body === undefined) {
    return problem(413, 'BRICK_TOO_LARGE', `the body has more than ${MAX_BODY_BYTES} bytes`, 'Send smaller batches');
  }
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  try {
    return await api({ method, path, headers, ...(method === 'POST' ? { body } : {}) });
  } catch {
    return problem(400, 'BRICK_BAD_PATH', 'the path cannot be read', 'Check the address');
  }
}

/** The body as text; undefined when it is too large, without reading on. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
