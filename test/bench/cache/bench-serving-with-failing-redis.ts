import { createConnection } from 'node:net';
import { join } from 'node:path';
import { startRedis } from '../../../localstack/servers/start-redis.ts';
import { type Figure, figure, type Group, ratioAtMost } from '../harness/figures-and-interleaved-rounds.ts';
import { ownServerWith, reportPinning } from '../harness/pinned-server.ts';
import { type Load, load, measureLoad, type Shape } from '../serving/bench-throughput-and-latency.ts';
import { prepareModelAndWorld } from '../serving/prepare-model-and-world.ts';

const SERVER = join(import.meta.dirname, '../serving/server.ts');
/** Load from returning users, whose rankings are in Redis. */
const RETURNING: Shape = { first: 0, users: 500, connections: 16, rate: 200 };
const WARM: Shape = { first: 0, users: 500, connections: 8 };
const SECONDS = 10;
/** Number of rounds. One is not enough, because a single pause of the machine determines the P99 of 2,000 requests. */
const ROUNDS = 3;
const WARM_UP = 6;
/** Target for the P99 with a failing Redis, as a multiple of the normal P99. */
const TWICE = 2;
/** Target for the percentage of failed requests with a failing Redis. */
const MOST_FAILED = 0.1;
const PERCENT = 100;

type Redis = Awaited<ReturnType<typeof startRedis>>;

const FAULTS: Readonly<Record<string, (redis: Redis) => Promise<void>>> = {
  flushed: ({ port }) =>
    new Promise((resolve) => {
      const client = createConnection(port, '127.0.0.1', () => client.write('FLUSHALL\r\n'));
      client.once('data', () => {
        client.destroy();
        resolve();
      });
    }),
  'standing still': (redis) => redis.signal('SIGSTOP'),
  dead: (redis) => redis.signal('SIGKILL'),
};

/** Measures how a failing Redis affects brick 04 at 200 requests per second. */
export const bench: Group = async function* ({ quick }) {
  reportPinning();
  const { world } = await prepareModelAndWorld();
  for (const [name, fail] of Object.entries(FAULTS)) {
    const rounds: Awaited<ReturnType<typeof during>>[] = [];
    while (rounds.length < (quick ? 1 : ROUNDS)) rounds.push(await during(world, fail, quick ? WARM_UP / 2 : SECONDS));
    const peer = { name: 'the same with a working Redis', rounds: rounds.map(({ normal }) => normal.p99) };
    yield figure({
      bench: `cache.redis-${name.replace(' ', '-')}-p99`,
      unit: 'ms',
      rounds: rounds.map(({ failing }) => failing.p99),
      peer,
      target: ratioAtMost(TWICE),
    });
    yield failedShare(
      `cache.redis-${name.replace(' ', '-')}-failed`,
      rounds.map(({ failing }) => failing),
    );
  }
};

/** Returns the percentage of failed requests. Each round must meet the target, because the median hides a bad round. */
export function failedShare(bench: string, loads: readonly Pick<Load, 'failed' | 'requests'>[]): Figure {
  const rounds = loads.map(({ failed, requests }) => (PERCENT * failed) / requests);
  const target = { text: `<= ${MOST_FAILED} in each round`, met: () => rounds.every((share) => share <= MOST_FAILED) };
  return figure({ bench, unit: '%', rounds, target });
}

async function during(world: string, fail: (redis: Redis) => Promise<void>, seconds: number) {
  await using redis = await startRedis();
  const env = { CACHE: 'redis', REDIS_URL: `redis://127.0.0.1:${redis.port}` };
  const server = await ownServerWith(env, SERVER, world);
  try {
    await load(server.url, WARM, WARM_UP);
    const normal: Load = await load(server.url, RETURNING, seconds);
    const [failing] = await Promise.all([measureLoad(server.url, RETURNING, seconds), fail(redis)]);
    return { normal, failing };
  } finally {
    await server.stop();
  }
}
