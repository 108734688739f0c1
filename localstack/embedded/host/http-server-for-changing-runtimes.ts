import type { Api } from '#domain/events/collect-and-recommend-contract.ts';
import { problem } from '../aws/api-gateway.ts';
import { localMetrics } from '../aws/emf-to-prometheus-and-minute-sums.ts';
import { type HttpServer, httpServer, type Route } from '../http/http-server.ts';
import type { Runtime } from './open-runtime.ts';

type Served = Pick<Runtime, 'api'> & { readonly metrics: Pick<Runtime['metrics'], 'contentType' | 'exposition'> };

/**
 * A server with one address for all phases of a city, although the city's runtime is closed and opened between them.
 */
export interface RuntimeProxy extends HttpServer {
  /** Sets the runtime that serves requests. Without one, requests receive 503. */
  setRuntime(runtime: Served | undefined): void;
}

const UNAVAILABLE = 503;
const CLOSED: Served = {
  api: async () =>
    problem(UNAVAILABLE, 'BRICK_CITY_BUSY', {
      what: 'the city cannot serve requests now',
      why: 'the city is changing from one phase to the next, and no recommender runs in between',
      fix: 'Retry in a minute',
    }),
  metrics: localMetrics(Date.now),
};

/** Starts the proxy. @param port 0 selects a free port */
export async function runtimeProxy(port: number, routes: readonly Route[]): Promise<RuntimeProxy> {
  let current = CLOSED;
  const api: Api = (request) => current.api(request);
  const metrics = { contentType: CLOSED.metrics.contentType, exposition: () => current.metrics.exposition() };
  const server = await httpServer({ api, metrics, port, routes });
  return {
    ...server,
    setRuntime: (runtime) => {
      current = runtime ?? CLOSED;
    },
  };
}
