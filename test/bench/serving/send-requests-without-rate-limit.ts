import autocannon from 'autocannon';
import type { Load } from './bench-throughput-and-latency.ts';
import { slatePath } from './world-size-and-ids.ts';

/**
 * Requests as many slates as possible: `node send-requests-without-rate-limit.ts URL FIRST USERS CONNECTIONS SECONDS`. Users are
 * requested in turn, so that no response comes from a cache until users repeat.
 */
const [url = '', first, users, connections, seconds] = process.argv.slice(2);
let serial = 0;
const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  requests: [
    { setupRequest: (request) => ({ ...request, path: slatePath(Number(first) + (serial++ % Number(users))) }) },
  ],
});
const load: Load = {
  perSecond: result['2xx'] / result.duration,
  p50: result.latency.p50,
  p99: result.latency.p99,
  failed: result.non2xx + result.errors,
  reasons: { 'other statuses': result.non2xx, errors: result.errors },
  requests: serial,
};
process.stdout.write(`${JSON.stringify(load)}\n`);
