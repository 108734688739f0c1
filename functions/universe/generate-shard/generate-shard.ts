import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { openDuckDb } from '#adapters/duckdb/duckdb.ts';
import { BrickError } from '#domain/core/errors.ts';
import { DAY, dayOf, HOUR } from '#domain/core/time.ts';
import { Behaviour, Scenario } from '#domain/universe/scenario.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { restoreState, saveState } from '../engine/saved-state.ts';
import { bytesOf, type EventColumns } from '../worlds/films/events/event-columns.ts';
import { BLOCK, simulate } from '../worlds/films/offline-simulation.ts';
import { BASELINE_POLICIES } from '../worlds/films/policies/baseline-policies.ts';
import { createWorld, identityOf, titlesOf } from '../worlds/films/universe.ts';
import type { World } from '../worlds/films/world/world.ts';
import { appendEvents, prepareTables, writeEvents } from './shard-parquet.ts';

const MAX_SEED = 2 ** 32 - 1;
const HOURS_PER_DAY = DAY / HOUR;

/** Some agents and some days of a universe without a service. All that it generates is a function of these. */
export const Shard = z.object({
  seed: z.int().min(0).max(MAX_SEED),
  agents: z.int().min(1),
  titles: z.int().min(1),
  /** A whole hour, UTC epoch ms. */
  startAt: z.int().multipleOf(HOUR),
  /** Agents `from` up to, not including, `to`; both multiples of BLOCK, or the end. */
  from: z.int().min(0),
  to: z.int().min(1),
  days: z.int().min(1),
  /** Who fills the slates (shelves.ts). */
  shelf: z.enum(Object.keys(BASELINE_POLICIES) as [keyof typeof BASELINE_POLICIES]).default('talked'),
  off: z.array(Behaviour).optional(),
  scenario: Scenario.optional(),
});
export type Shard = z.infer<typeof Shard>;

export interface GeneratedDay {
  readonly day: number;
  readonly sessions: number;
  readonly events: number;
  /** Sha256 of each block's events, in the order of the blocks. */
  readonly digests: readonly string[];
}

export class UnevenShard extends BrickError {
  override readonly code = 'BRICK_UNEVEN_SHARD';
  constructor(edge: number) {
    super({
      what: `a shard that begins or ends at agent ${edge}`,
      why: `events are hashed by blocks of ${BLOCK} agents, so that any division into shards gives the same hash`,
      fix: `Use multiples of ${BLOCK}, or the last agent`,
    });
  }
}

export interface GenerateOptions {
  /** Where events and the agents' memory go. @default - nowhere: events are only counted and hashed */
  readonly store?: Pick<ObjectStore, 'put' | 'get'>;
  readonly signal?: AbortSignal;
}

/**
 * Generates a shard, day by day: the events as Parquet, the agents' memory after each day. A day that is in the store
 * already is not done again, so that a shard that was killed goes on from its last whole day.
 *
 * @throws UnevenShard, ImpossibleUniverse
 */
export async function* generateShard(
  shard: Shard,
  { store, signal }: GenerateOptions = {},
): AsyncGenerator<GeneratedDay> {
  for (const edge of [shard.from, shard.to])
    if (edge % BLOCK !== 0 && edge !== shard.agents) throw new UnevenShard(edge);
  const { from, to, days, shelf: _, ...size } = shard;
  const world = createWorld(size, { from, to });
  const kept = store && storedDays(shard, world, store);
  await using files = store && (await parquetFiles(shard, world, store));
  const done = (await kept?.read()) ?? [];
  yield* done.slice(0, days);
  for (let day = done.length; day < days; day++) {
    signal?.throwIfAborted();
    const generated = await generateDay(world, shard, day, files?.take(day));
    await files?.flush();
    done.push(generated);
    await kept?.write(done);
    yield generated;
  }
}

async function generateDay(
  world: World,
  { shelf }: Shard,
  day: number,
  take?: (events: EventColumns) => Promise<void>,
): Promise<GeneratedDay> {
  const digests: string[] = [];
  const total = { sessions: 0, events: 0 };
  for (const block of simulate(world, day * HOURS_PER_DAY, (day + 1) * HOURS_PER_DAY, BASELINE_POLICIES[shelf])) {
    const hash = createHash('sha256');
    for (const bytes of bytesOf(block.events)) hash.update(bytes);
    digests.push(hash.digest('hex'));
    total.sessions += block.sessions;
    total.events += block.events.length;
    await take?.(block.events);
  }
  return { day, ...total, digests };
}

const rangeOf = ({ from, to }: Shard) => `agents-${from}-${to}`;

/** What has been generated so far and what the agents remember of it, in one object that is replaced at once. */
function storedDays(shard: Shard, world: World, store: Pick<ObjectStore, 'put' | 'get'>) {
  const key = `memory/${rangeOf(shard)}.bin`;
  const identity = identityOf(world);
  return {
    async read(): Promise<GeneratedDay[]> {
      const saved = await store.get(key);
      if (!saved) return [];
      return JSON.parse(new TextDecoder().decode(restoreState(world.state, identity, saved))) as GeneratedDay[];
    },
    async write(days: readonly GeneratedDay[]): Promise<void> {
      await store.put(key, Buffer.concat([saveState(world.state, identity), Buffer.from(JSON.stringify(days))]));
    },
  };
}

/** Bounds memory: about 100 bytes a row while it is written. */
const ROWS_PER_FILE = 250_000;

/** Parquet files by shard and day, with the columns of the lake's events. */
async function parquetFiles(shard: Shard, world: World, store: Pick<ObjectStore, 'put'>) {
  const database = await openDuckDb();
  const folder = await mkdtemp(join(tmpdir(), 'agentbricks-shard-'));
  await prepareTables(
    database,
    titlesOf(world).map(({ name }) => name),
  );
  let [day, rows, part] = [0, 0, 0];
  const flush = async () => {
    if (rows === 0) return;
    const path = join(folder, 'events.parquet');
    await writeEvents(database, path);
    const date = dayOf(shard.startAt + day * DAY);
    await store.put(`events.v1/date=${date}/${rangeOf(shard)}-${part++}.parquet`, await readFile(path));
    rows = 0;
  };
  return {
    /** Takes the events of a day. */
    take: (of: number) => {
      [day, part] = [of, 0];
      return async (events: EventColumns) => {
        await appendEvents(database, events);
        rows += events.length;
        if (rows >= ROWS_PER_FILE) await flush();
      };
    },
    flush,
    async [Symbol.asyncDispose](): Promise<void> {
      database[Symbol.dispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The hash of a whole universe: over the digests of all blocks, day by day. @param shards in the order of their agents */
export function universeHash(shards: readonly (readonly GeneratedDay[])[]): string {
  const hash = createHash('sha256');
  const days = shards[0]?.length ?? 0;
  for (let day = 0; day < days; day++) {
    for (const shard of shards) for (const digest of shard[day]?.digests ?? []) hash.update(digest);
  }
  return hash.digest('hex');
}
