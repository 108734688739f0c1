import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CollectReply, MAX_BATCH } from '#domain/events/collect-and-recommend-contract.ts';

const CLIENTS = 200;
const FLOOD_MS = 4_000;
const KIBI = 1_024;
/**
 * Maximum memory of the process, MiB. It starts with about 150; the rest is for several times the bodies that it may
 * buffer, and for the garbage of parsing them.
 */
const MOST_MIB = 700;
const SOON_MS = 2_000;

let folder: string;
let server: ReturnType<typeof spawn>;
let url: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-flood-'));
  server = spawn(process.execPath, [resolve('test/faults/servers/agentbricks-server-to-kill.ts'), folder], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(server.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  url = line.toString().trim();
});
afterAll(async () => {
  const gone = once(server, 'exit');
  server.kill('SIGKILL');
  await gone;
  rmSync(folder, { recursive: true });
});

/** Returns the memory of the server's process, MiB. */
const memory = () => Number(spawnSync('ps', ['-o', 'rss=', '-p', String(server.pid)]).stdout) / KIBI;

const batch = (client: number, round: number) => {
  const at = Date.now() - 1;
  const events = Array.from({ length: MAX_BATCH }, (_, i) => ({
    type: 'search',
    eventId: `e-${client}-${round}-${i}`,
    userId: `u-${client}`,
    query: 'x'.repeat(200),
    occurredAt: at,
    sentAt: at,
  }));
  return JSON.stringify({ events });
};

interface Answer {
  readonly status: number;
  readonly ms: number;
  readonly accepted: number;
  readonly retryAfter: number;
}

async function send(body: string): Promise<Answer> {
  const started = performance.now();
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body });
  const text = await answer.text();
  return {
    status: answer.status,
    ms: performance.now() - started,
    accepted: answer.status === 202 ? CollectReply.parse(JSON.parse(text)).accepted : 0,
    retryAfter: Number(answer.headers.get('retry-after')),
  };
}

/**
 * All clients of this test share one core. http-server.test.ts shows that rejected clients need not wait for admitted
 * ones.
 */
describe('a flooded server', () => {
  it('rejects requests beyond its capacity, limits its memory, and stores all acknowledged events', async () => {
    const answers: Answer[] = [];
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, memory());
    }, 200);
    const until = Date.now() + FLOOD_MS;
    const client = async (number: number) => {
      // This client ignores the Retry-After header.
      for (let round = 0; Date.now() < until; round++) answers.push(await send(batch(number, round)));
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
    clearInterval(watch);

    const turnedAway = answers.filter(({ status }) => status === 429);
    const taken = answers.filter(({ status }) => status === 202);
    expect(turnedAway.length + taken.length).toBe(answers.length);
    expect(turnedAway.length).toBeGreaterThan(CLIENTS / 2);
    expect(taken.length).toBeGreaterThan(CLIENTS / 10);
    expect(Math.min(...turnedAway.map(({ retryAfter }) => retryAfter))).toBeGreaterThanOrEqual(1);
    expect(peak).toBeLessThan(MOST_MIB);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const counted = /agentbricks_accepted_total\{operation="collect"\} (\d+)/.exec(metrics)?.[1];
    expect(Number(counted)).toBe(taken.reduce((sum, { accepted }) => sum + accepted, 0));
    expect((await send(batch(CLIENTS, 0))).ms).toBeLessThan(SOON_MS);
  });
});
