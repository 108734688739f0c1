import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DuckDb, openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { splitTime } from '../../../functions/feature-engineering/training-set-query-and-split-time.ts';

let database: DuckDb;
beforeEach(async () => {
  database = await openDuckDb();
});
afterEach(() => database[Symbol.dispose]());

async function splitOf(times: readonly number[], championAsOf?: number): Promise<number | undefined> {
  await database.run('CREATE OR REPLACE TEMP TABLE first_plays (occurredAt BIGINT)');
  if (times.length > 0) await database.run(`INSERT INTO first_plays VALUES ${times.map((at) => `(${at})`).join(', ')}`);
  return splitTime(database, championAsOf);
}

const evenly = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const LEAST_FRESH = 100;

describe('the test of a run', () => {
  it('begins after four fifths of the first plays if there is no champion', async () => {
    expect(await splitOf(evenly(1_000))).toBe(799);
    expect(await splitOf([])).toBeUndefined();
  });

  it('begins after two thirds of the plays that the champion has not learned from', async () => {
    expect(await splitOf(evenly(1_000), 900)).toBe(966);
  });

  it('begins as usual if the champion’s data end early enough, or if too few plays are newer', async () => {
    expect(await splitOf(evenly(1_000), 300)).toBe(799);
    expect(await splitOf(evenly(1_000), 901)).toBe(799);
    expect(await splitOf(evenly(1_000), 2_000)).toBe(799);
  });

  it('never contains a play that a testable champion has learned from, for any times', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(500), { minLength: 1, maxLength: 400 }),
        fc.nat(500),
        async (times, championAsOf) => {
          const split = (await splitOf(times, championAsOf)) as number;
          const fresh = times.filter((at) => at >= championAsOf);
          if (fresh.length >= LEAST_FRESH) expect(split).toBeGreaterThanOrEqual(championAsOf);
          expect(times.some((at) => at >= split)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
