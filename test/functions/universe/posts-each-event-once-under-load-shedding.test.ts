import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { httpApi } from '#adapters/api-client/http-api-with-overload-retries.ts';
import type { Api } from '#domain/events/collect-and-recommend-contract.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { collect } from '../../../functions/data-collection/collect/handler.ts';
import { validateEvent } from '../../../functions/data-collection/validate-event.ts';
import { postEvents } from '../../../functions/universe/engine/post-events.ts';
import { localMetrics } from '../../../localstack/embedded/aws/emf-to-prometheus-and-minute-sums.ts';
import { type HttpServer, httpServer } from '../../../localstack/embedded/http/http-server.ts';
import { call, type HandlerFixture, handlerFixture, NOON, recordsOf } from '../handler-fixture.ts';

const SERVED = 2;
const CLIENTS = 6;
const EVENTS_EACH = 20;
/** Milliseconds per request: long enough for all clients to send at the same time. */
const BUSY_MS = 100;

let server: HttpServer | undefined;
afterAll(() => server?.close());

/** Starts the HTTP server with the `collect` function, which waits BUSY_MS before each request. */
function busyService(bench: HandlerFixture): Promise<HttpServer> {
  const handler = collect({ ...bench, validateEvent });
  const api: Api = async ({ headers = {}, body = '' }) => {
    await sleep(BUSY_MS);
    const reply = await call<{ statusCode: number; headers: Record<string, string>; body: string }>(handler, {
      headers,
      body,
    });
    return { status: reply.statusCode, headers: reply.headers, body: reply.body };
  };
  return httpServer({ api, metrics: localMetrics(() => NOON), port: 0, routes: [], limits: { served: SERVED } });
}

const eventsOf = (client: number) =>
  Array.from({ length: EVENTS_EACH }, (_, n) => ({
    type: 'signup',
    eventId: `e-${client}-${n}`,
    userId: `u-${client}`,
    country: 'SE',
    occurredAt: NOON,
    sentAt: NOON,
  }));

it('posts every event exactly once when the service sheds load', async () => {
  using bench = handlerFixture();
  server = await busyService(bench);
  const api = httpApi({ '/v1': server.url });
  const all = Array.from({ length: CLIENTS }, (_, client) => eventsOf(client));
  await Promise.all(all.map((events) => postEvents(api, events)));
  const shed = /agentbricks_shed_total (\d+)/.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1];
  expect(Number(shed)).toBeGreaterThanOrEqual(CLIENTS - SERVED);
  const stored = (await recordsOf(bench.eventLog, EVENTS)).map(({ value }) => JSON.parse(value ?? '{}').eventId);
  expect(stored.sort()).toEqual(all.flatMap((events) => events.map(({ eventId }) => eventId)).sort());
}, 30_000);
