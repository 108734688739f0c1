import { Agent, get } from 'node:http';
import type { Load } from './bench-throughput-and-latency.ts';
import { slatePath } from './world-size-and-ids.ts';

/**
 * Requests slates at a fixed rate: `node fixed-rate-load.ts URL FIRST USERS RATE SECONDS PATIENCE`. A request without a
 * complete response after PATIENCE seconds counts as failed. Latency counts from the time
 * a request is due, so that waiting for earlier requests is included (Tene's coordinated omission). autocannon measures
 * only whole milliseconds. This loop measures fractions, so it polls the clock and never sleeps.
 */
const [url = '', first, users, rate, seconds, patience] = process.argv.slice(2);
const SECOND = 1_000;
const OK = 200;
const total = Number(rate) * Number(seconds);
const agent = new Agent({ keepAlive: true });
const latencies: number[] = [];
const reasons: Record<string, number> = {};
let [sent, failed] = [0, 0];
const began = performance.now();
const dueAt = (serial: number) => began + (serial * SECOND) / Number(rate);
const done = Promise.withResolvers<void>();

function ask(serial: number): void {
  let ended = false;
  const end = (ok: boolean, reason: string) => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    latencies.push(performance.now() - dueAt(serial));
    if (!ok) {
      failed++;
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    }
    if (latencies.length === total) done.resolve();
  };
  const fail = (error: NodeJS.ErrnoException) => end(false, error.code ?? error.message);
  const request = get(`${url}${slatePath(Number(first) + (serial % Number(users)))}`, { agent }, (response) => {
    response.resume();
    response.once('end', () => end(response.statusCode === OK, `status ${response.statusCode}`));
    response.once('error', fail);
  });
  const timer = setTimeout(() => {
    end(false, `no complete response in ${patience} s`);
    request.destroy();
  }, Number(patience) * SECOND);
  request.once('error', (error: NodeJS.ErrnoException) => {
    const retry = !ended && request.reusedSocket && error.code === 'ECONNRESET';
    if (!retry) return fail(error);
    // The server closed an idle connection while this request reused it. A GET request may be retried (RFC 9112,
    // 9.3.1).
    clearTimeout(timer);
    ask(serial);
  });
}

function turn(): void {
  while (sent < total && performance.now() >= dueAt(sent)) ask(sent++);
  if (sent < total) setImmediate(turn);
}

turn();
await done.promise;
agent.destroy();
latencies.sort((a, b) => a - b);
const quantile = (share: number) => latencies[Math.ceil(share * latencies.length) - 1] ?? Number.NaN;
const load: Load = {
  perSecond: (SECOND * (total - failed)) / (performance.now() - began),
  p50: quantile(0.5),
  p99: quantile(0.99),
  failed,
  reasons,
  requests: total,
};
process.stdout.write(`${JSON.stringify(load)}\n`);
