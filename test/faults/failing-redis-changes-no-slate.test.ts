import { createConnection, createServer, type Server as NetServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { redisCache } from '#adapters/cache/redis.ts';
import { hangGuard } from '#adapters/deadlines/hang-guard-for-simulated-runs.ts';
import { realDeadlines } from '#adapters/deadlines/real-time-deadlines.ts';
import type { Cache } from '#ports/cache.ts';
import type { ModelRuntime } from '#ports/model-runtime.ts';
import type { Deadlines } from '#ports/request-deadlines.ts';
import { type Slate, slateMaker } from '../../functions/recommendation/slate/make-slate.ts';
import { isInstalled } from '../../localstack/servers/server-process.ts';
import { REDIS_INSTALL_HINT, startRedis } from '../../localstack/servers/start-redis.ts';
import { openWorld, type World } from '../support/open-test-system.ts';
import { describeWith } from '../support/require-server.ts';

const settings = { policy: 'champion', holdbackShare: 0, explorationShare: 0 } as const;
const USERS = 10;
const REQUESTS = 400;
const AT_ONCE = 8;
const SLOW_MS = 200;
/** Time limits where Redis works. With the limits of 50 ms, a busy machine ranks again, as it should. */
const PATIENT = { commandTimeoutMs: 10_000, deadlines: hangGuard() };
/**
 * Maximum number of commands to a failing Redis: those that open the circuit breaker, those in flight at that
 * moment, and one attempt every two seconds during the test.
 */
const FEW = 60;

interface Fault {
  readonly delayMs?: number;
  readonly silent?: boolean;
}

/** A proxy between the service and Redis. It counts the commands, and can delay them or stop forwarding. */
interface Line {
  readonly url: string;
  /** Number of commands that the service sent. */
  commands: number;
  become(fault: Fault): void;
  close(): void;
}

async function lineTo(port: number): Promise<Line> {
  const sockets = new Set<Socket>();
  let { delayMs = 0, silent = false }: Fault = {};
  const server: NetServer = createServer((client) => {
    const redis = createConnection(port, '127.0.0.1');
    for (const socket of [client, redis]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => [client, redis].forEach((either) => void either.destroy()));
    }
    client.on('data', (data) => {
      line.commands += data.toString('latin1').match(/^\*\d+\r$/gm)?.length ?? 0;
      if (!silent) setTimeout(() => redis.write(data), delayMs);
    });
    redis.on('data', (data) => client.write(data));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as { port: number };
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  const become = (fault: Fault) => {
    ({ delayMs = 0, silent = false } = fault);
  };
  const line: Line = { url: `redis://127.0.0.1:${own}`, commands: 0, become, close };
  return line;
}

describeWith(
  'redis-server',
  isInstalled('redis-server'),
  REDIS_INSTALL_HINT,
)('with Redis as the cache', () => {
  let world: World;
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let line: Line;
  let cache: Cache;
  let counting: ModelRuntime;
  let ranked: number;
  let ask: (user: number) => Promise<Slate>;
  let sound: readonly (readonly string[])[];
  const idsOf = ({ items }: Slate) => items.map(({ titleId }) => titleId);

  beforeEach(async () => {
    world = await openWorld();
    await world.titles();
    await world.promoteFixture();
    for (let user = 0; user < USERS; user++) await world.play(`u-${user}`, `t-${user}`, `t-${user + 3}`);
    world.later();
    redis = await startRedis();
    line = await lineTo(redis.port);
    ranked = 0;
    const { modelRuntime } = world.runtime.ports;
    counting = {
      load: async (onnx) => {
        const model = await modelRuntime.load(onnx);
        const isRanker = model.inputs.includes('features');
        const run: typeof model.run = (inputs) => {
          // Concurrent requests share one run of the model, so the users in its input are counted.
          if (isRanker) ranked += new Set<number | bigint>(inputs.user?.data).size;
          return model.run(inputs);
        };
        return { ...model, run };
      },
    };
  });
  afterEach(async () => {
    await cache[Symbol.asyncDispose]();
    line.close();
    await redis[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  /** Starts serving with Redis as the cache, and gets each user's slate once. */
  async function serve({
    deadlines = realDeadlines(),
    ...limits
  }: {
    readonly commandTimeoutMs?: number;
    readonly deadlines?: Deadlines;
  } = {}): Promise<void> {
    cache = redisCache({ url: line.url, ...limits });
    const makeSlate = slateMaker({ ...world.runtime.ports, deadlines, modelRuntime: counting, cache, settings });
    ask = (user) => makeSlate({ userId: `u-${user}`, k: 5 }, 'r');
    sound = [];
    for (let user = 0; user < USERS; user++) sound = [...sound, idsOf(await ask(user))];
  }

  /** Sends requests repeatedly; each slate must be complete and equal to the one with a working cache. */
  async function load(): Promise<void> {
    for (let from = 0; from < REQUESTS; from += AT_ONCE) {
      const users = Array.from({ length: AT_ONCE }, (_, i) => (from + i) % USERS);
      const slates = await Promise.all(users.map(ask));
      expect(slates.map(idsOf)).toEqual(users.map((user) => sound[user]));
      expect(slates.every(({ degraded }) => degraded === null)).toBe(true);
    }
  }

  it('serves rankings from the cache without ranking again', async () => {
    await serve(PATIENT);
    const before = ranked;
    await load();
    expect(ranked).toBe(before);
    expect(before).toBe(USERS);
  });

  it('ranks once for 100 concurrent identical requests', async () => {
    await serve(PATIENT);
    await world.play('u-0', 't-20');
    world.later();
    const before = ranked;
    const slates = await Promise.all(Array.from({ length: 100 }, () => ask(0)));
    expect(ranked).toBe(before + 1);
    expect(new Set(slates.map((slate) => idsOf(slate).join())).size).toBe(1);
  });

  it.each([
    ['is paused (SIGSTOP)', () => redis.signal('SIGSTOP')],
    ['is killed (SIGKILL)', () => redis.signal('SIGKILL')],
    ['takes 200 ms per command', async () => line.become({ delayMs: SLOW_MS })],
    ['stops responding', async () => line.become({ silent: true })],
  ])('loses no request, and sends few commands to Redis while it %s', async (_, fault) => {
    await serve();
    await fault();
    line.commands = 0;
    await load();
    expect(line.commands).toBeLessThan(FEW);
    await redis.signal('SIGCONT').catch(() => undefined);
  });

  it('ranks again after a flush, once per user', async () => {
    await serve(PATIENT);
    const before = ranked;
    const client = createConnection(redis.port, '127.0.0.1');
    await new Promise((resolve) => client.write('FLUSHALL\r\n', () => client.once('data', resolve)));
    client.destroy();
    await load();
    expect(ranked).toBe(before + USERS);
  });
});
