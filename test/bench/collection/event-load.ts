import autocannon from 'autocannon';
import { SECOND } from '#domain/core/time.ts';
import type { Load } from './bench.ts';

/**
 * Sends events to one URL for some seconds: `node event-load.ts URL PREFIX EVENTS_PER_REQUEST CONNECTIONS SECONDS`. It
 * is a separate process, so that it can use another core than the server. autocannon uses one thread with many
 * connections, each with one request at a time.
 */
const [url = '', prefix = '', size = '1', connections = '1', seconds = '1'] = process.argv.slice(2);
const USERS = 10_000;
const TITLES = 2_000;
const MARK = '§';

/**
 * Returns a request body, split where each eventId's serial number belongs. Joining the parts is cheaper than
 * serialising.
 */
function template(events: number): readonly string[] {
  const at = Date.now() - SECOND;
  const play = (i: number) => ({
    type: 'play',
    eventId: `${prefix}-${MARK}-${i}`,
    userId: `u-${(i * 7_919) % USERS}`,
    titleId: `t-${(i * 104_729) % TITLES}`,
    requestId: `r-${i}`,
    sessionId: `s-${i}`,
    device: 'tv',
    watchedSeconds: 1_800,
    occurredAt: at,
    sentAt: at,
  });
  const all = Array.from({ length: events }, (_, i) => play(i));
  return JSON.stringify(events === 1 ? all[0] : { events: all }).split(MARK);
}

const parts = template(Number(size));
let serial = 0;
const result = await autocannon({
  url,
  connections: Number(connections),
  duration: Number(seconds),
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  requests: [{ setupRequest: (request) => ({ ...request, body: parts.join(String(serial++)) }) }],
});
const load: Load = {
  perSecond: result['2xx'] / result.duration,
  p50: result.latency.p50,
  p99: result.latency.p99,
  failed: result.non2xx + result.errors,
};
process.stdout.write(`${JSON.stringify(load)}\n`);
