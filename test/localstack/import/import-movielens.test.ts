import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoredEvent } from '#domain/events/client-and-stored-events.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';
import {
  type ImportInput,
  type ImportSummary,
  importMovieLens,
} from '../../../localstack/embedded/import/import-movielens.ts';

const START = 874_724_710;
const STARTED_AT = Date.UTC(2026, 0, 1);
let root: string;
let made = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'agentbricks-import-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const line = (n: number) => `u${n % 7}\tt${n % 11}\t${1 + (n % 5)}\t${START + n * 61}`;
const lines = (count: number) => Array.from({ length: count }, (_, n) => line(n));
const text = (rows: readonly string[], end = '\n') => rows.map((row) => row + end).join('');

/** Creates a folder with these files. */
async function dataSet(files: Record<string, string | Buffer>): Promise<string> {
  const folder = join(root, `data-${made++}`);
  await mkdir(folder);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}
const newWorld = () => ({ name: 'movielens', folder: join(root, `world-${made++}`) });
const importing = (path: string, options: Partial<ImportInput> = {}): Promise<ImportSummary> =>
  importMovieLens({ path, world: newWorld(), onError: 'stop', startedAt: STARTED_AT, ...options });

/** Returns the distinct events of a world's event log, sorted by time. */
async function eventsIn(folder: string): Promise<StoredEvent[]> {
  await using runtime = await openRuntime({ dataDir: folder });
  const first = new Map<string, StoredEvent>();
  for (const { partition, first: from, next } of await runtime.ports.eventLog.partitions(EVENTS)) {
    for (const { value } of await runtime.ports.eventLog.read(EVENTS, { partition, offset: from }, next - from)) {
      const event = JSON.parse(value) as StoredEvent;
      if (!first.has(event.eventId)) first.set(event.eventId, event);
    }
  }
  return [...first.values()].sort((a, b) => a.occurredAt - b.occurredAt || (a.eventId < b.eventId ? -1 : 1));
}

describe('an import', () => {
  it('gives the same events from any format, order of lines and line end', async () => {
    const rows = lines(40);
    const worlds = [newWorld(), newWorld(), newWorld(), newWorld()];
    const [plain, shuffled, csv, marked] = worlds;
    await importing(await dataSet({ 'u.data': text(rows) }), { world: plain });
    await importing(await dataSet({ 'u.data': text(rows.toReversed(), '\r\n') }), { world: shuffled });
    const commas = ['userId,movieId,rating,timestamp', ...rows.map((row) => row.replaceAll('\t', ','))];
    await importing(await dataSet({ 'ratings.csv': text(commas).trimEnd() }), { world: csv });
    await importing(await dataSet({ 'ratings.csv': `\ufeff${text(commas, '\r\n')}` }), { world: marked });
    const [expected, ...others] = await Promise.all(worlds.map(({ folder }) => eventsIn(folder)));
    expect(expected).toHaveLength(7 + 11 + 2 * 40);
    for (const other of others) expect(other).toEqual(expected);
  });

  it('ingests events at the time they occurred, so that each is known to later ones', async () => {
    const world = newWorld();
    await importing(await dataSet({ 'u.data': text(lines(40)) }), { world });
    const late = (await eventsIn(world.folder)).filter(({ occurredAt, ingestedAt }) => ingestedAt > occurredAt);
    // Only the last request is ingested at the time of its last event; each other one, at that of its first event.
    expect(late.length).toBeLessThan(2 * 6);
  });

  it('reads Latin-1 names as in 100K', async () => {
    const flags = Array.from({ length: 19 }, () => '0').join('|');
    const item = Buffer.from(`t1|Misérables, Les (1995)|01-Jan-1995|||${flags}\n`, 'latin1');
    const world = newWorld();
    await importing(await dataSet({ 'u.data': text(lines(5)), 'u.item': item }), { world });
    const names = (await eventsIn(world.folder)).flatMap((event) => (event.type === 'title' ? [event.name] : []));
    expect(names).toContain('Misérables, Les');
  });

  it('reads Windows-1252, and UTF-8 with a byte order mark in every file', async () => {
    const dat = Buffer.from('t1::Schindler\u0092s List (1993)::Drama\n', 'latin1');
    const ratings = text(['u1::t1::5::874724710']);
    const marked = {
      'a.inter': `\ufeff${text(['user_id:token\titem_id:token\trating:float\ttimestamp:float', 'u1\tt1\t5\t874724710.0'])}`,
      'a.item': `\ufeff${text(['item_id:token\tmovie_title:token\tgenre:token_seq', 't1\tSchindler’s List (1993)\tDrama'])}`,
      'a.user': `\ufeff${text(['user_id:token\tzip_code:token', 'u1\t85711'])}`,
    };
    const [latin1, recBole] = [newWorld(), newWorld()];
    await importing(await dataSet({ 'ratings.dat': ratings, 'movies.dat': dat }), { world: latin1 });
    await importing(await dataSet(marked), { world: recBole });
    const titles = async ({ folder }: { folder: string }) =>
      (await eventsIn(folder)).flatMap((event) => (event.type === 'title' ? [[event.name, event.genres]] : []));
    expect(await titles(latin1)).toEqual([['Schindler’s List', ['Drama']]]);
    expect(await titles(recBole)).toEqual([['Schindler’s List', ['Drama']]]);
    const signups = (await eventsIn(recBole.folder)).filter(({ type }) => type === 'signup');
    expect(signups).toMatchObject([{ userId: 'u1', country: 'US' }]);
  });

  it('keeps fractions of a second to the millisecond in any file', async () => {
    const world = newWorld();
    const rows = [168, 169, 170].map((ms, n) => `u1,t${n},4.0,1076162400.${ms}`);
    await importing(await dataSet({ 'ratings.csv': text(['userId,movieId,rating,timestamp', ...rows]) }), { world });
    const times = (await eventsIn(world.folder)).flatMap((event) => (event.type === 'rate' ? [event.occurredAt] : []));
    expect(times).toEqual([1_076_162_400_168, 1_076_162_400_169, 1_076_162_400_170]);
  });

  it('counts repeated lines once', async () => {
    const summary = await importing(await dataSet({ 'u.data': text([...lines(5), line(3)]) }));
    expect(summary).toMatchObject({ ratings: 5, repeatedLines: 1 });
  });

  it('adds only missing events when a corrected file is imported again', async () => {
    const folder = await dataSet({ 'u.data': text([...lines(20), 'broken']) });
    const world = newWorld();
    const first = await importing(folder, { world, onError: 'skip' });
    expect(first.leftOut.count).toBe(1);
    await writeFile(join(folder, 'u.data'), text(lines(21)));
    const second = await importing(folder, { world });
    expect(second.events).toEqual({ accepted: 2, alreadyThere: first.events.accepted, refused: 0 });
    expect(second.leftOut).toEqual({ count: 0, file: null });
  });

  it('does not mix two data sets in one world', async () => {
    const world = newWorld();
    await importing(await dataSet({ 'u.data': text(lines(5)) }), { world });
    const other = await dataSet({ 'u.data': text(lines(6)) });
    await expect(importing(other, { world })).rejects.toMatchObject({ code: 'BRICK_OTHER_DATA_SET' });
  });

  it('rejects a second import into the same world, which then changes nothing', async () => {
    const world = newWorld();
    const folder = await dataSet({ 'u.data': text(lines(400)) });
    let second: Promise<unknown> | undefined;
    const onProgress = () => {
      second ??= importing(folder, { world }).catch((error: unknown) => error);
    };
    const { events } = await importing(folder, { world, onProgress });
    expect(await second).toMatchObject({ code: 'BRICK_FOLDER_IN_USE' });
    expect(await eventsIn(world.folder)).toHaveLength(events.accepted);
  });

  it('resumes after Ctrl-C', async () => {
    const folder = await dataSet({ 'u.data': text(lines(400)) });
    const [world, whole] = [newWorld(), newWorld()];
    const stop = new AbortController();
    const onProgress: ImportInput['onProgress'] = (progress) => {
      if (progress.stage === 'replaying' && progress.ratings > 100) stop.abort();
    };
    const cut = importing(folder, { world, onProgress, signal: stop.signal });
    await expect(cut).rejects.toMatchObject({ code: 'BRICK_INTERRUPTED' });
    const { events } = await importing(folder, { world });
    expect(events.alreadyThere).toBeGreaterThan(200);
    await importing(folder, { world: whole });
    expect(await eventsIn(world.folder)).toEqual(await eventsIn(whole.folder));
  });

  it('loses and duplicates nothing when it is killed', async () => {
    const folder = await dataSet({ 'u.data': text(lines(3_000)) });
    const home = join(root, `home-${made++}`);
    const command = [resolve('bin/agentbricks.ts'), 'import', 'movielens', folder, '--home', home, '--json'];
    const killed = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] });
    for await (const told of killed.stderr) if (String(told).includes('Replaying')) break;
    await pause(150);
    killed.kill('SIGKILL');
    if (killed.signalCode === null) await once(killed, 'exit');
    const again = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'ignore'] });
    const summary = JSON.parse(String(Buffer.concat(await Array.fromAsync(again.stdout)))) as ImportSummary;
    expect(summary.events.accepted + summary.events.alreadyThere).toBe(7 + 11 + 2 * 3_000);
    const whole = newWorld();
    await importing(folder, { world: whole });
    const stored = ({ ingestedAt, ...event }: StoredEvent) => event;
    const world = join(home, 'worlds', 'movielens');
    expect((await eventsIn(world)).map(stored)).toEqual((await eventsIn(whole.folder)).map(stored));
  });
});

describe('an invalid line', () => {
  const broken = [...lines(10), 'u1\tt1\tsix\t874724710', ...lines(3), 'u1\tt1'];

  it('stops the import with its file and number, before any event is in the log', async () => {
    const world = newWorld();
    const stopped = importing(await dataSet({ 'u.data': text(broken) }), { world });
    await expect(stopped).rejects.toMatchObject({ code: 'BRICK_BROKEN_LINE' });
    await expect(stopped).rejects.toThrow(
      /u\.data, line 11: the rating "six" is invalid.*Correct the rating.*--on-error skip/,
    );
    expect(await eventsIn(world.folder)).toEqual([]);
  });

  it('is skipped and listed on request', async () => {
    const summary = await importing(await dataSet({ 'u.data': text(broken) }), { onError: 'skip' });
    expect(summary).toMatchObject({ ratings: 10, repeatedLines: 3, leftOut: { count: 2 } });
    const report = (await readFile(summary.leftOut.file ?? '', 'utf8')).trim().split('\n');
    expect(report.slice(1).map((row) => row.split('\t').slice(0, 2))).toEqual([
      ['u.data', '11'],
      ['u.data', '15'],
    ]);
  });

  it('is identified by its number if it is not UTF-8, and the lines around it are read', async () => {
    const csv = text(['userId,movieId,rating,timestamp', ...lines(3).map((row) => row.replaceAll('\t', ','))]);
    const titles = Buffer.from(text(['movieId,title,genres', 't0,Fine,Drama', 't1,Café,Drama']), 'latin1');
    const folder = await dataSet({ 'ratings.csv': csv, 'movies.csv': titles });
    await expect(importing(folder)).rejects.toThrow(/movies\.csv, line 3: .*is not valid UTF-8.*iconv/);
    expect(await importing(folder, { onError: 'skip' })).toMatchObject({ ratings: 3, leftOut: { count: 1 } });
  });

  it.each(['stop', 'skip'] as const)('ends the import if it is the header, with --on-error %s', async (onError) => {
    const folder = await dataSet({ 'ratings.csv': text(['a,b,c', '1,2,3']) });
    const failed = importing(folder, { onError });
    await expect(failed).rejects.toThrow(/ratings\.csv, line 1: the first line has no column/);
    // The fix does not suggest to skip the line, because no line can be parsed without a valid header.
    await expect(failed).rejects.not.toThrow(/--on-error/);
  });

  describe('in a list of titles', () => {
    const titles = (...added: string[]) =>
      text(['movieId,title,genres', 't0,Zero (1990),Drama', 't1,One (1991),(no genres listed)', ...added]);
    const ratings = text(['userId,movieId,rating,timestamp', ...lines(30).map((row) => row.replaceAll('\t', ','))]);
    const many = Array.from({ length: 21 }, (_, i) => `g${i}`).join('|');

    it.each([
      [
        'a genre that is too long',
        `t9,Nine (1990),${'x'.repeat(65)}`,
        /title t9 has the invalid genre "x+…": it must have 1 to 64 characters/,
      ],
      ['too many genres', `t9,Nine (1990),${many}`, /title t9 has 21 genres: it must have at most 20 genres/],
      [
        'an impossible year',
        't9,Nine (3001),Drama',
        /title t9 has the invalid release date 3001-01-01: the release date must be between/,
      ],
      [
        'a control character in a name',
        't9,Ni\tne (1990),Drama',
        /title t9 has the invalid name "Ni\\tne": it must have 1 to 256 characters and no control/,
      ],
      ['an invalid id', 't 9,Nine (1990),Drama', /the title id "t 9" is invalid: an id consists/],
    ])('is found before any event is in the log: %s', async (_, line, message) => {
      const world = newWorld();
      const folder = await dataSet({ 'ratings.csv': ratings, 'movies.csv': titles(line, 't8,Eight (1990),War') });
      const stopped = importing(folder, { world });
      await expect(stopped).rejects.toMatchObject({ code: 'BRICK_BROKEN_LINE' });
      await expect(stopped).rejects.toThrow(/movies\.csv, line 4: /);
      await expect(stopped).rejects.toThrow(message);
      expect(await eventsIn(world.folder)).toEqual([]);
      const skipped = await importing(folder, { world, onError: 'skip' });
      expect(skipped.leftOut.count).toBe(1);
      expect(skipped.events.refused).toBe(0);
      const report = (await readFile(skipped.leftOut.file ?? '', 'utf8')).trim().split('\n');
      expect(report.slice(1).map((row) => row.split('\t').slice(0, 2))).toEqual([['movies.csv', '4']]);
    });
  });
});

describe('a path without a data set', () => {
  const UTF16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text(lines(3)), 'utf16le')]);

  it.each<[string, Record<string, string | Buffer>, RegExp]>([
    ['an empty folder', {}, /contains no ratings file: it is empty/],
    ['a folder with other files', { 'a.txt': 'x', 'b.txt': 'y' }, /it contains a\.txt, b\.txt/],
    ['two data sets', { 'u.data': 'x', 'ratings.csv': 'y' }, /contains ratings\.csv, u\.data.*Pass one of these/],
    ['an empty file', { 'u.data': '' }, /it is empty/],
    ['blank lines', { 'u.data': '\n\n' }, /no valid rating/],
    ['gzip', { 'u.data': gzipSync(text(lines(3))) }, /compressed \(gzip\).*Unpack it/],
    ['UTF-16', { 'u.data': UTF16 }, /UTF-16.*iconv/],
    ['UTF-16 without a mark', { 'u.data': UTF16.subarray(2) }, /zero bytes/],
    ['UTF-32', { 'u.data': Buffer.from([0xff, 0xfe, 0, 0, 0x75, 0, 0, 0]) }, /UTF-32.*iconv/],
    ['lines that end with CR', { 'u.data': lines(3).join('\r') }, /end with CR only.*tr /],
    ['one very long line', { 'u.data': 'x'.repeat(3_000_000) }, /line 1 is longer than 65536 bytes/],
  ])('is rejected with a fix: %s', async (_, files, message) => {
    await expect(importing(await dataSet(files))).rejects.toThrow(message);
  });

  it.each([
    ['nothing there', 'nowhere', /does not exist/],
    ['a file with another name', 'a.txt', /is not a ratings file/],
  ])('is rejected with a fix: %s', async (_, name, message) => {
    const folder = await dataSet({ 'a.txt': 'x' });
    await expect(importing(join(folder, name))).rejects.toThrow(message);
  });

  it.skipIf(process.getuid?.() === 0)(
    'is rejected with a fix: not readable (skipped as root, who can read all files)',
    async () => {
      const folder = await dataSet({ 'u.data': text(lines(3)) });
      await chmod(join(folder, 'u.data'), 0);
      await expect(importing(folder)).rejects.toThrow(/chmod/);
    },
  );
});
