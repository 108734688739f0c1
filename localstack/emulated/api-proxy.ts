import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Credentials } from '#adapters/api-client/api-credentials.ts';

const HOST = '127.0.0.1';
/** Of the connection, not of the message. */
const HOP_BY_HOP = ['connection', 'content-length', 'content-encoding', 'transfer-encoding', 'keep-alive', 'host'];

/** On the emulator each request that is served beside others starts a process of its own. */
const AT_ONCE = 4;

interface Router extends AsyncDisposable {
  readonly url: string;
}

interface Apis {
  /** Where a path is served. */
  target(path: string): Promise<string>;
  /** What a caller has to show, besides what they show already. */
  readonly credentials: Credentials;
}

/** One base URL for several APIs, which lets in whoever comes by it. */
export async function router(apis: Apis): Promise<Router> {
  const turn = turns(AT_ONCE);
  const server = createServer((request, response) => {
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
  const shown = passedOn(request.headers);
  const proof = await credentials(url, { method, path, headers: shown, body: body?.toString('utf8') });
  const answer = await fetch(url, { method, headers: { ...proof, ...shown }, body });
  response.writeHead(answer.status, passedOn(Object.fromEntries(answer.headers)));
  response.end(Buffer.from(await answer.arrayBuffer()));
}

const passedOn = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !HOP_BY_HOP.includes(name))
      .map(([name, value]) => [name, String(value)]),
  );

/** Lets so many in at once; the others wait, first come, first served. */
function turns(atOnce: number) {
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
