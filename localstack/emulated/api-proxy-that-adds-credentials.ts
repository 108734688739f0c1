import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Credentials } from '#adapters/api-client/create-auth-headers.ts';
import { rejectedAsCrossSite } from '../embedded/http/reject-cross-site-requests.ts';

const HOST = '127.0.0.1';
/** Headers that apply to one connection only. A proxy must not forward them. */
const HOP_BY_HOP = ['connection', 'content-length', 'content-encoding', 'transfer-encoding', 'keep-alive', 'host'];

/**
 * Maximum number of concurrent requests. It limits the emulator's processes, because the emulator starts one for each
 * concurrent request.
 */
const MAX_CONCURRENT = 4;

interface ApiProxy extends AsyncDisposable {
  readonly url: string;
}

interface Apis {
  /** Returns the URL that serves a path. */
  target(path: string): Promise<string>;
  /** Authentication headers that are added to each request. */
  readonly credentials: Credentials;
}

/** Starts a proxy with one base URL for several APIs. It adds authentication headers to all requests of this machine. */
export async function apiProxy(apis: Apis): Promise<ApiProxy> {
  const turn = concurrencyLimiter(MAX_CONCURRENT);
  const server = createServer((request, response) => {
    const rejected = rejectedAsCrossSite(request, false);
    if (rejected) return void response.writeHead(rejected.status, rejected.headers).end(rejected.body);
    turn(() => forward(request, response, apis)).catch((error: Error) => response.writeHead(502).end(error.message));
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function forward(request: IncomingMessage, response: ServerResponse, { target, credentials }: Apis) {
  const { url: path = '/' } = request;
  const method = request.method === 'POST' ? 'POST' : 'GET';
  const body = method === 'POST' ? await buffer(request) : undefined;
  const url = new URL(await target(path));
  const shown = endToEndHeaders(request.headers);
  const proof = await credentials(url, { method, path, headers: shown, body: body?.toString('utf8') });
  const answer = await fetch(url, { method, headers: { ...proof, ...shown }, body });
  // Read completely before the status is sent, so that a response that breaks off can still become a 502.
  const bytes = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, endToEndHeaders(Object.fromEntries(answer.headers))).end(bytes);
}

const endToEndHeaders = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !HOP_BY_HOP.includes(name))
      .map(([name, value]) => [name, String(value)]),
  );

/** Returns a function that runs work with limited concurrency, first come, first served. */
function concurrencyLimiter(atOnce: number) {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  return async (work: () => Promise<void>): Promise<void> => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
