import { hash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import { countIn } from '../../../functions/data-collection/forget/forget-in-lake.ts';
import { verifyTopic } from '../../../functions/data-collection/lake/verify-topic.ts';
import { describeViews } from '../../../functions/feature-engineering/describe-views-and-value-distributions.ts';
import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';
import { importMovieLens } from '../../../localstack/embedded/import/import-movielens.ts';

const START = 1_000_000_000;
const RATINGS = [
  'userId,movieId,rating,timestamp',
  ...Array.from({ length: 40 }, (_, n) => `${n % 7},${10 + (n % 11)},${1 + (n % 9) / 2},${START + 100 * n}`),
];
const TITLES = ['movieId,title,genres', '10,First (1990),Drama|War', '11,"Second, The (1991)",Comedy'];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'agentbricks-homes-'));
  await writeFile(join(root, 'ratings.csv'), RATINGS.join('\n'));
  await writeFile(join(root, 'movies.csv'), TITLES.join('\n'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Imports the ratings into a world under `home`, and returns the results of queries on its files. */
async function madeUnder(home: string) {
  const folder = join(root, home, 'worlds/movielens');
  const world = { name: 'movielens', folder };
  const { events } = await importMovieLens({ path: root, world, onError: 'stop', startedAt: Date.UTC(2026, 0, 1) });
  await using runtime = await openRuntime({ dataDir: folder, now: () => Date.UTC(2026, 0, 1) });
  const { lake, features, eventLog } = runtime.ports;
  const asOf = START * 1_000 + 10_000_000;
  const built = await runtime.invoke('build-features', { runId: 'run-1', asOf });
  await runtime.invoke('compact', {});
  const { prefix } = runFiles('run-1');
  const objects = (await lake.list(`${prefix}/`)).map(({ key }) => key);
  const sha256Of = async (key: string) => hash('sha256', (await lake.get(key)) ?? '');
  // Correlation ids are random, so the lake's files differ in their bytes, but not in query results.
  const { bytes: _, ...verified } = await verifyTopic(EVENTS, { lake, eventLog });
  return {
    events,
    built,
    run: await Promise.all(objects.map(async (key) => [key, await sha256Of(key)])),
    described: await describeViews({ lake, features }),
    verified,
    rowsOfOneUser: await countIn(lake, '3'),
  };
}

describe('a world', () => {
  let expected: Awaited<ReturnType<typeof madeUnder>>;
  beforeAll(async () => {
    expected = await madeUnder('plain');
  });

  it('contains every rating, user and title of the files in its features', () => {
    expect(expected.built).toMatchObject({ rows: { interactions: 40, users: 7, titles: 11 } });
    expect(expected.verified).toMatchObject({ missing: 0, invented: 0, duplicated: 0, damaged: [] });
    expect(expected.rowsOfOneUser).toBeGreaterThan(12);
  });

  it.each([
    'rating=3',
    'userId=zed/type=baseline',
    'country=SE/name=exp1',
    'ratedAt=0/titleId=x/line=1',
    'occurredAt=5/ingestedAt=7/eventId=e/partition=9',
    "what's new? [draft]*",
  ])('has the same training set, features and counts in a folder called %s', async (home) => {
    expect(await madeUnder(home)).toEqual(expected);
  });
});
