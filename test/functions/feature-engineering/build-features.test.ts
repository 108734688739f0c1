import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { DAY, HOUR } from '#domain/core/time.ts';
import {
  type MaterialisedTitle,
  type MaterialisedUser,
  titleFeaturesKey,
  userFeaturesKey,
} from '#domain/features/feature-names-and-online-items.ts';
import { runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import type { BuiltFeatures } from '../../../functions/feature-engineering/build-features/write-run-files.ts';
import { openWorld, type World } from '../../support/open-test-system.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld({ holdbackShare: 0, explorationShare: 0.5 });
  await world.titles();
});
afterEach(() => world[Symbol.asyncDispose]());

const build = () =>
  world.runtime.invoke('build-features', { runId: 'run-1', asOf: world.clock.at }) as Promise<BuiltFeatures>;
const rowsOf = async <Row>(key: string): Promise<Row[]> => {
  using database = await openDuckDb();
  return await database.rows<Row>(`FROM ${parquetRows(await world.runtime.ports.lake.open([key]))}`);
};

describe('build-features', () => {
  it('writes every object of the run, and features to the online table', async () => {
    await world.signup('ann', 'SE');
    await world.play('ann', 't-0', 't-1');
    await world.play('bob', 't-0');
    world.later();
    const built = await build();
    expect(built.rows).toMatchObject({ interactions: 3, titles: 30, users: 2, exploredPlays: 0 });
    const { prefix } = runFiles('run-1');
    expect((await world.runtime.ports.lake.list(`${prefix}/`)).map(({ key }) => key.split('/').at(-1))).toEqual([
      'explored-plays.parquet',
      'interactions-at-split.parquet',
      'interactions.parquet',
      'meta.json',
      'sources.json',
      'titles-at-split.parquet',
      'titles.parquet',
      'training-set-at-split.parquet',
      'training-set.parquet',
      'users-at-split.parquet',
      'users.parquet',
    ]);
    const { features } = world.runtime.ports;
    const ann = await features.get<MaterialisedUser>(userFeaturesKey('ann'));
    expect(ann).toMatchObject({ features: { playsTotal: 2, plays7d: 2 }, genreShare: { Drama: 0.5, Comedy: 0.5 } });
    const title = await features.get<MaterialisedTitle>(titleFeaturesKey('t-0'));
    expect(title).toMatchObject({ titleId: 't-0', features: { playsTotal: 2 } });
  });

  it('trains on no file that has changed since it was written, and names it', async () => {
    await world.play('ann', 't-0', 't-1');
    world.later();
    const { lake } = world.runtime.ports;
    const [{ key = '' } = {}] = (await lake.list('lake/events.v1/')).filter((file) => file.key.endsWith('.parquet'));
    const bytes = (await lake.get(key)) ?? new Uint8Array();
    const at = Buffer.from(bytes).lastIndexOf('DuckDB');
    await lake.put(key, bytes.with(at, (bytes[at] ?? 0) ^ 1));
    await expect(build()).rejects.toThrow(`${key} cannot be read`);
    await lake.put(key, bytes);
    expect((await build()).rows).toMatchObject({ interactions: 2 });
  });

  it('writes the same bytes when it runs again', async () => {
    await world.play('ann', 't-0', 't-1', 't-2');
    world.later();
    await build();
    const { lake } = world.runtime.ports;
    const bytes = async () =>
      Promise.all((await lake.list('runs/run-1/')).map(async ({ key }) => Buffer.from((await lake.get(key)) ?? [])));
    const first = await bytes();
    await build();
    expect(await bytes()).toEqual(first);
  });

  it('rebuilds an old run byte for byte after a late backfill', async () => {
    await world.play('ann', 't-0', 't-1', 't-2');
    world.later();
    await build();
    const asOf = world.clock.at;
    const { lake } = world.runtime.ports;
    const bytes = async () =>
      Promise.all((await lake.list('runs/run-1/')).map(async ({ key }) => Buffer.from((await lake.get(key)) ?? [])));
    const before = await bytes();
    world.later();
    const late = { occurredAt: asOf - 3 * HOUR, sentAt: asOf - 3 * HOUR };
    await world.post(
      { type: 'play', eventId: 'late-1', userId: 'ann', titleId: 't-3', ...late },
      { type: 'rate', eventId: 'late-2', userId: 'ann', titleId: 't-0', rating: 1, ...late },
      {
        type: 'title',
        eventId: 'late-3',
        titleId: 't-0',
        name: 'Anew',
        genres: ['Horror'],
        releasedAt: Date.UTC(2001, 0, 1),
        ...late,
      },
      { type: 'play', eventId: 'late-4', userId: 'zoe', titleId: 't-1', ...late },
    );
    await world.runtime.invoke('build-features', { runId: 'run-1', asOf });
    expect(await bytes()).toEqual(before);
    const now = (await world.runtime.invoke('build-features', {
      runId: 'run-2',
      asOf: world.clock.at,
    })) as BuiltFeatures;
    expect(now.rows.interactions).toBe(5);
  });

  it('distinguishes plays of titles that chance put into the slate', async () => {
    const slate = await world.slate('userId=ann&k=10', 'r-chance');
    const explored = slate.items.find(({ source }) => source === 'exploration')?.titleId as string;
    const chosen = slate.items.find(({ source }) => source !== 'exploration')?.titleId as string;
    const at = { occurredAt: world.clock.at - 1, sentAt: world.clock.at - 1, userId: 'ann', requestId: 'r-chance' };
    await world.post(
      { type: 'play', eventId: 'p-1', titleId: explored, ...at },
      { type: 'play', eventId: 'p-2', titleId: chosen, ...at },
      // The same request id, but not the user to whom the slate was shown.
      { type: 'play', eventId: 'p-3', titleId: explored, ...at, userId: 'bob' },
    );
    world.later();
    await build();
    const rows = await rowsOf<{ userId: string; titleId: string; shown: string[] }>(runFiles('run-1').exploredPlays);
    expect(rows.map(({ userId, titleId }) => [userId, titleId])).toEqual([['ann', explored]]);
    expect(rows[0]?.shown).toEqual(slate.items.map(({ titleId }) => titleId));
  });

  it('fails if no user has played anything', async () => {
    await expect(build()).rejects.toMatchObject({ code: 'BRICK_NOTHING_TO_LEARN' });
  });

  it('writes the same training data, byte for byte, before and after a compaction of the lake', async () => {
    for (let hour = 0; hour < 5; hour++) {
      await world.signup(`u-${hour}`, 'SE');
      await world.play('ann', `t-${hour}`);
      await world.play(`u-${hour}`, 't-0');
      world.later();
    }
    await build();
    const { trainingSet, interactions, users } = runFiles('run-1');
    const { lake } = world.runtime.ports;
    const bytes = () => Promise.all([trainingSet, interactions, users].map((key) => lake.get(key)));
    const before = await bytes();
    const files = async () => (await lake.list('lake/events.v1/')).length;
    const uncompacted = await files();
    const asOf = world.clock.at;
    world.clock.at += 2 * DAY;
    for (let run = 0; run < 2; run++) await world.runtime.invoke('compact', {});
    world.clock.at = asOf;
    expect(await files()).toBeLessThan(uncompacted);
    await build();
    expect(await bytes()).toEqual(before);
  });
});
