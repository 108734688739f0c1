import type { IncomingMessage, ServerResponse } from 'node:http';
import { SECOND } from '#domain/core/time.ts';
import type { LiveMessage } from './live-message-types.ts';

const MAX_CLIENTS = 64;
const HEARTBEAT = 15 * SECOND;
/** Milliseconds that a browser waits before it reconnects. */
const RETRY = 2 * SECOND;
/** Maximum unsent bytes per client. A slower client is disconnected; after it reconnects, it receives the complete view. */
const MAX_BEHIND_BYTES = 4 * 2 ** 20;
const BUSY = 503;
const OK = 200;

/** Sends server-sent events to a limited number of pages. @param first returns the first message to a new client */
export function liveFeed(first: () => LiveMessage) {
  const clients = new Set<ServerResponse>();
  const write = (client: ServerResponse, text: string) => {
    client.write(text);
    if (client.writableLength > MAX_BEHIND_BYTES) client.destroy();
  };
  const beat = setInterval(() => {
    for (const client of clients) write(client, ': still here\n\n');
  }, HEARTBEAT).unref();
  return {
    get clients() {
      return clients.size;
    },
    send(message: LiveMessage): void {
      if (clients.size === 0) return;
      const text = eventOf(message);
      for (const client of clients) write(client, text);
    },
    accept(_: IncomingMessage, client: ServerResponse): void {
      if (clients.size >= MAX_CLIENTS) {
        client.writeHead(BUSY, { 'retry-after': '30' }).end();
        return;
      }
      client.writeHead(OK, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      clients.add(client);
      client.once('close', () => clients.delete(client));
      write(client, `retry: ${RETRY}\n\n${eventOf(first())}`);
    },
    close(): void {
      clearInterval(beat);
      for (const client of clients) client.end();
      clients.clear();
    },
  };
}

/** Formats a message as one event. JSON contains no line breaks, so it fits into one data line. */
const eventOf = (message: LiveMessage): string => `data: ${JSON.stringify(message)}\n\n`;
