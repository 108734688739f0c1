import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { DAY, dayOf, HOUR } from '#domain/core/time.ts';
import { Behaviour, Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { restoreState, saveState } from '../engine/saved-state.ts';
import { createWorld, identityOf, titlesOf } from '../worlds/films/create-universe.ts';
import { bytesOf, type EventColumns } from '../worlds/films/events/event-column-arrays.ts';
import { BASELINE_POLICIES } from '../worlds/films/policies/baseline-policies.ts';
import { BLOCK, simulate } from '../worlds/films/simulate-agents-with-baseline-policies.ts';
import type { World } from '../worlds/films/world/world-data-ids-and-seen-titles.ts';
import { appendEvents, prepareTables, writeEvents } from './write-events-parquet.ts';

const MAX_SEED = 2 ** 32 - 1;
const HOURS_PER_DAY = DAY / HOUR;

/**
 * Input: some agents and some days of a universe without the recommendation service. The generated events are a pure
 * function of this input.
 */
export const Shard = z.object({
  seed: z.int().min(0).max(MAX_SEED),
  agents: z.int().min(1),
  titles: z.int().min(1),
  /** Start of the universe, UTC epoch milliseconds: a multiple of one hour. */
  startAt: z.int().multipleOf(HOUR),
  /** The agents `from` up to, not including, `to`. Both are multiples of BLOCK, or the number of agents. */
  from: z.int().min(0),
  to: z.int().min(1),
  days: z.int().min(1),
  /** Name of the policy that fills the slates (baseline-policies.ts). */
  shelf: z.enum(Object.keys(BASELINE_POLICIES) as [keyof typeof BASELINE_POLICIES]).default('talked'),
  off: z.array(Behaviour).optional(),
  scenario: Scenario.optional(),
});
export type Shard = z.infer<typeof Shard>;

/** Totals of one day of a shard. */
export interface GeneratedDay {
  readonly day: number;
  readonly sessions: number;
  readonly events: number;
  /** SHA-256 of each block's events, in the order of the blocks. */
  readonly digests: readonly string[];
}

export class UnevenShard extends BrickError {
  override readonly code = 'BRICK_UNEVEN_SHARD';
  constructor(edge: number) {
    super({
      what: `a shard cannot begin or end at agent ${edge}`,
      why: `the hash of the events is computed from blocks of ${BLOCK} agents, and a shard must not split a block`,
      fix: `Use a multiple of ${BLOCK}, or the total number of agents`,
    });
  }
}

export interface GenerateOptions {
  /** Store for the events and the agents' state. @default - none: events are only counted and hashed */
  readonly store?: Pick<ObjectStore, 'put' | 'get'>;
  readonly signal?: AbortSignal;
}

/**
 * Generates a shard day by day: stores the events as Parquet, and the agents' state after each day. Days that are in
 * the store are not generated again, so an interrupted shard resumes after its last complete day.
 *
 * @throws UnevenShard, ImpossibleUniverse, ForeignState if the store contains another universe, or another policy's days
 */
export async function* generateShard(
  shard: Shard,
  { store, signal }: GenerateOptions = {},
): AsyncGenerator<GeneratedDay> {
  for (const edge of [shard.from, shard.to])
    if (edge % BLOCK !== 0 && edge !== shard.agents) throw new UnevenShard(edge);
  const { from, to, days, shelf: _, ...size } = shard;
  const world = createWorld(size, { from, to });
  const progress = store && storedDays(shard, world, store);
  await using files = store && (await parquetFiles(shard, world, store));
  const done = (await progress?.read()) ?? [];
  yield* done.slice(0, days);
  for (let day = done.length; day < days; day++) {
    signal?.throwIfAborted();
    const generated = await generateDay(world, shard, day, files?.writer(day));
    await files?.flush();
    done.push(generated);
    await progress?.write(done);
    yield generated;
  }
}

async function generateDay(
  world: World,
  { shelf }: Shard,
  day: number,
  write?: (events: EventColumns) => Promise<void>,
): Promise<GeneratedDay> {
  const digests: string[] = [];
  const total = { sessions: 0, events: 0 };
  for (const block of simulate(world, day * HOURS_PER_DAY, (day + 1) * HOURS_PER_DAY, BASELINE_POLICIES[shelf])) {
    const hash = createHash('sha256');
    for (const bytes of bytesOf(block.events)) hash.update(bytes);
    digests.push(hash.digest('hex'));
    total.sessions += block.sessions;
    total.events += block.events.length;
    await write?.(block.events);
  }
  return { day, ...total, digests };
}

const rangeOf = ({ from, to }: Shard) => `agents-${from}-${to}`;

/**
 * Returns access to the shard's progress: the generated days and the agents' state, in one object that is replaced
 * atomically.
 */
function storedDays(shard: Shard, world: World, store: Pick<ObjectStore, 'put' | 'get'>) {
  const key = `memory/${rangeOf(shard)}.bin`;
  // The events, and therefore the stored days, also depend on the policy, which is not part of the world.
  const identity = `${identityOf(world)}, slates: ${shard.shelf}`;
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

/** Number of rows after which a Parquet file is written. It limits the memory: a buffered row takes about 100 bytes. */
const ROWS_PER_FILE = 250_000;

/** Returns a writer of Parquet files by shard and day, with the columns of the lake's events. */
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
    /** Returns a function that appends events of a day. */
    writer: (of: number) => {
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

/**
 * Returns the hash of a universe over the digests of all blocks, day by day.
 *
 * @param shards shards in the order of their agents
 */
export function universeHash(shards: readonly (readonly GeneratedDay[])[]): string {
  const hash = createHash('sha256');
  const days = shards[0]?.length ?? 0;
  for (let day = 0; day < days; day++) {
    for (const shard of shards) for (const digest of shard[day]?.digests ?? []) hash.update(digest);
  }
  return hash.digest('hex');
}
