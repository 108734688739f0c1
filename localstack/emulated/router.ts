import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

const HOST = '127.0.0.1';
/** Of the connection, not of the message. */
const HOP_BY_HOP = ['connection', 'content-length', 'content-encoding', 'transfer-encoding', 'keep-alive', 'host'];

/** On the emulator each request that is served beside others starts a process of its own. */
const AT_ONCE = 4;

interface Router extends AsyncDisposable {
  readonly url: string;
}

/** One base URL for several APIs. @param target where a path is served */
export async function router(target: (path: string) => Promise<string>): Promise<Router> {
  const turn = turns(AT_ONCE);
  const server = createServer((request, response) => {
    turn(() => forward(request, response, target)).catch((error: Error) => response.writeHead(502).end(error.message));
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

async function forward(request: IncomingMessage, response: ServerResponse, target: Parameters<typeof router>[0]) {
  const { method, url: path = '/' } = request;
  const body = method === 'POST' ? await buffer(request) : undefined;
  const answer = await fetch(await target(path), { method, headers: passedOn(request.headers), body });
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
