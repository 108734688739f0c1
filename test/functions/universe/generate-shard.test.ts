import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { folderObjectStore } from '#adapters/object-store/folder.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { Scenario } from '#domain/universe/behaviours-and-scenario-schema.ts';
import { COLUMNS } from '../../../functions/data-collection/archive/lake-columns.ts';
import {
  type GeneratedDay,
  generateShard,
  type Shard,
  universeHash,
} from '../../../functions/universe/generate-shard/generate-shard.ts';
import { generate } from '../../../functions/universe/generate-shard/handler.ts';
import { createUniverse, createWorld } from '../../../functions/universe/worlds/films/create-universe.ts';
import { clientEvent } from '../../../functions/universe/worlds/films/events/client-events.ts';
import {
  BASELINE_POLICIES,
  wordOfMouthPolicy,
} from '../../../functions/universe/worlds/films/policies/baseline-policies.ts';
import { BLOCK, simulate } from '../../../functions/universe/worlds/films/simulate-agents-with-baseline-policies.ts';
import { split } from '../../../localstack/embedded/studies/generate/generate-shards.ts';
import { call, recordingTelemetry } from '../handler-fixture.ts';
import { START } from './simulated-city-fixture.ts';

const AGENTS = 4 * BLOCK + 300;
const SIZE = { seed: 5, agents: AGENTS, titles: 120, startAt: START };
const SHARD: Shard = { ...SIZE, from: 0, to: AGENTS, days: 3, shelf: 'talked' };
const folder = mkdtempSync(join(tmpdir(), 'agentbricks-shards-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function generated(shard: Shard, store?: ReturnType<typeof folderObjectStore>): Promise<GeneratedDay[]> {
  return Array.fromAsync(generateShard(shard, { store }));
}

describe('a universe in shards', () => {
  it('has the same hash for every division into shards', async () => {
    const complete = universeHash([await generated(SHARD)]);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), async (parts) => {
        const ranges = split({ from: 0, to: AGENTS }, parts);
        const shards = await Promise.all(ranges.map((range) => generated({ ...SHARD, ...range })));
        expect(universeHash(shards)).toBe(complete);
      }),
      { numRuns: 6 },
    );
  });

  it('has another hash for another seed, policy or scenario', async () => {
    const small = { ...SHARD, days: 1 };
    const changes = [
      {},
      { seed: 6 },
      { shelf: 'random' as const },
      { scenario: { bots: { share: 0.1, sessionsPerDay: 9 } } },
    ];
    const hashes = await Promise.all(
      changes.map(async (change) => universeHash([await generated({ ...small, ...change })])),
    );
    expect(new Set(hashes).size).toBe(changes.length);
  });

  it('resumes after its last complete day, with the same hash', async () => {
    const store = folderObjectStore({ root: join(folder, 'resumed') });
    const stopped = generateShard(SHARD, { store });
    await stopped.next();
    await stopped.next();
    await stopped.return(undefined);
    const days = await generated(SHARD, store);
    expect(universeHash([days])).toBe(universeHash([await generated(SHARD)]));
  });

  it('stops at the end of a day when it is aborted', async () => {
    const stop = new AbortController();
    const days = generateShard(SHARD, { signal: stop.signal });
    await days.next();
    stop.abort();
    await expect(days.next()).rejects.toThrow();
  });

  it('rejects a range that divides a block, and the stored state of another universe', async () => {
    await expect(generated({ ...SHARD, to: 100 })).rejects.toMatchObject({ code: 'BRICK_UNEVEN_SHARD' });
    const store = folderObjectStore({ root: join(folder, 'foreign') });
    await generated({ ...SHARD, days: 1 }, store);
    await expect(generated({ ...SHARD, seed: 9 }, store)).rejects.toMatchObject({ code: 'BRICK_FOREIGN_STATE' });
  });

  it('rejects the stored days of another policy', async () => {
    const store = folderObjectStore({ root: join(folder, 'other-policy') });
    await generated({ ...SHARD, days: 1 }, store);
    await expect(generated({ ...SHARD, days: 1, shelf: 'random' }, store)).rejects.toMatchObject({
      code: 'BRICK_FOREIGN_STATE',
      explanation: { why: expect.stringContaining('policy') },
    });
  });

  it('resumes in a scenario with every fault', async () => {
    const scenario = Scenario.parse({
      late: { share: 0.1 },
      duplicates: { share: 0.1 },
      outOfOrder: { share: 0.1 },
      malformed: { share: 0.1 },
      skewedClocks: { share: 0.1 },
      bots: { share: 0.1 },
      fad: { fromHour: 1, hours: 2, genre: 'Comedy' },
      outage: { fromHour: 4, hours: 2 },
      flashCrowd: { fromHour: 8, hours: 2, factor: 2 },
    });
    const shard = { ...SHARD, scenario };
    const store = folderObjectStore({ root: join(folder, 'every-fault') });
    const [first] = await generated({ ...shard, days: 1 }, store);
    expect((await generated({ ...shard, days: 2 }, store))[0]).toEqual(first);
    const fewer = { ...shard, scenario: { ...scenario, flashCrowd: undefined } };
    await expect(generated(fewer, store)).rejects.toMatchObject({ code: 'BRICK_FOREIGN_STATE' });
  });
});

describe('a shard’s Parquet', () => {
  it('contains the events that clients send, in the columns of the lake', async () => {
    const store = folderObjectStore({ root: join(folder, 'parquet') });
    await generated({ ...SHARD, days: 1 }, store);
    const world = createWorld(SIZE);
    const sent: ClientEvent[] = [];
    for (const { events } of simulate(world, 0, 24, wordOfMouthPolicy)) {
      for (let row = 0; row < events.length; row++) sent.push(clientEvent(events, row, world.random));
    }
    using database = await openDuckDb();
    const written = (await store.list('events.v1/')).map(({ key }) => key);
    const files = parquetRows(await store.open(written));
    const columns = await database.rows<{ column_name: string; column_type: string }>(
      `DESCRIBE SELECT * FROM ${files}`,
    );
    for (const { column_name, column_type } of columns) {
      expect(COLUMNS['events.v1']).toHaveProperty(column_name, column_type);
    }
    const rows = await database.rows<Record<string, unknown>>(`SELECT * FROM ${files} ORDER BY "offset"`);
    expect(rows).toHaveLength(sent.length);
    const byId = new Map(rows.map((row) => [row.eventId, row]));
    for (const { eventId, ...event } of sent) {
      const row = byId.get(eventId) ?? {};
      for (const [name, value] of Object.entries(event)) {
        if (value === undefined) continue;
        expect(typeof row[name] === 'bigint' ? Number(row[name]) : row[name], `${name} of ${eventId}`).toEqual(value);
      }
    }
  });

  it('can be written by a Lambda function, which resumes after the last stored day', async () => {
    const lake = folderObjectStore({ root: join(folder, 'lambda') });
    const handler = generate({ lake, telemetry: recordingTelemetry() });
    const first = await call<GeneratedDay[]>(handler, { ...SHARD, days: 1 }, 'generate-shard');
    const again = await call<GeneratedDay[]>(handler, { ...SHARD, days: 2 }, 'generate-shard');
    expect(again.slice(0, 1)).toEqual(first);
    expect((await lake.list('universe/5/events.v1/')).length).toBe(2);
  });
});

describe('an agent', () => {
  it('produces the same events when it is simulated day by day and hour by hour', () => {
    const world = createWorld({ ...SIZE, agents: 300 });
    const inARow: ClientEvent[] = [];
    for (const { events } of simulate(world, 0, 48, wordOfMouthPolicy)) {
      for (let row = 0; row < events.length; row++) inARow.push(clientEvent(events, row, world.random));
    }
    const other = createWorld({ ...SIZE, agents: 300 });
    const universe = createUniverse({ ...SIZE, agents: 300 });
    const slate = new Uint32Array(20);
    const hourly: ClientEvent[] = [];
    for (let hour = 0; hour < 48; hour++) {
      hourly.push(...universe.signupsOf(hour));
      for (const session of universe.sessionsOf(hour)) {
        other.state.seen.set(universe.state.seen);
        const count = BASELINE_POLICIES.talked(other, session.agent, hour, slate);
        hourly.push(
          ...universe.react(session, { titleIds: Array.from(slate.subarray(0, count), universe.titleId) }).events,
        );
      }
    }
    const key = ({ eventId }: { eventId: string }) => eventId;
    const sorted = (events: typeof hourly) => events.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
    expect(sorted(inARow)).toEqual(sorted(hourly));
  });
});
