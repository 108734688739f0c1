import type { Api } from '#domain/events/api-contract.ts';
import { problem } from '../aws/api-gateway.ts';
import { localMetrics } from '../aws/cloudwatch-metrics.ts';
import { type HttpServer, httpServer, type Route } from '../http/http-server.ts';
import type { Runtime } from './runtime.ts';

type Served = Pick<Runtime, 'api'> & { readonly metrics: Pick<Runtime['metrics'], 'contentType' | 'exposition'> };

/** One address for a city's whole life, though its runtime is opened and closed between its phases. */
export interface FrontDoor extends HttpServer {
  /** Who answers from now on; without one, requests get 503. */
  lead(runtime: Served | undefined): void;
}

const UNAVAILABLE = 503;
const CLOSED: Served = {
  api: async () => problem(UNAVAILABLE, 'BRICK_CITY_BUSY', 'the city is between two phases', 'Try again in a minute'),
  metrics: localMetrics(Date.now),
};

/** @param port 0 chooses a free one */
export async function frontDoor(port: number, routes: readonly Route[]): Promise<FrontDoor> {
  let current = CLOSED;
  const api: Api = (request) => current.api(request);
  const metrics = { contentType: CLOSED.metrics.contentType, exposition: () => current.metrics.exposition() };
  const server = await httpServer({ api, metrics, port, routes });
  return {
    ...server,
    lead: (runtime) => {
      current = runtime ?? CLOSED;
    },
  };
}
