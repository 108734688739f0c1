import { globSync } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesWith } from '../../../localstack/embedded/storage/vacuum-and-find-remaining-ids.ts';
import { agentbricks } from '../run-in-process.ts';

const MINUTE = 60_000;

describe('agentbricks lake', () => {
  let home: string;
  const lake = (...args: string[]) => agentbricks('lake', ...args, '--home', home);
  const verified = async () => {
    const { status, stdout } = await lake('verify', '--json');
    return {
      status,
      topics: JSON.parse(stdout) as { files: number; rows: number; missing: number; repeats: number }[],
    };
  };

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'agentbricks-lake-'));
    const size = ['--agents', '300', '--titles', '60', '--days', '2', '--seed', '3'];
    expect((await agentbricks('simulate', '--home', home, ...size)).status).toBe(0);
  }, MINUTE);
  afterAll(() => rm(home, { recursive: true }));

  it('names the command that creates a world', async () => {
    const { status, stderr } = await lake('verify', '--world', 'elsewhere');
    expect(status).toBe(1);
    expect(stderr).toContain('npm start');
  });

  it('merges small files without changing their content', async () => {
    const before = await verified();
    expect((await lake('compact')).status).toBe(0);
    const after = await verified();
    expect(after.status).toBe(0);
    for (const [i, { files, rows }] of after.topics.entries()) {
      expect(rows).toBe(before.topics[i]?.rows);
      expect(files).toBeLessThan(before.topics[i]?.files ?? 0);
    }
  });

  it('names a damaged file, and rewrites it from the log', async () => {
    const torn = globSync(`${home}/**/date=2026-01-05/hour=all/events.v1-0-*.parquet`)[0] ?? '';
    await truncate(torn, 500);
    const { status, stderr } = await lake('verify');
    expect(status).toBe(1);
    expect(stderr).toMatch(/events\.v1-0-\S+ cannot be read[\s\S]*lake replay/);
    expect((await lake('replay', '--from', '2026-01-05', '--to', '2026-01-05')).status).toBe(0);
    expect((await verified()).status).toBe(0);
  });

  it('posts late events once, and names the rejected line', async () => {
    const file = join(home, 'late.jsonl');
    const time = Date.UTC(2025, 5, 1);
    const late = { type: 'play', eventId: 'late-1', userId: 'u-late', titleId: 't-1', occurredAt: time, sentAt: time };
    await writeFile(file, `${JSON.stringify(late)}\nnonsense\n`);
    const first = await lake('backfill', file, '--json');
    expect(first.status).toBe(1);
    expect(JSON.parse(first.stdout)).toMatchObject({ accepted: 1, duplicates: 0, refused: 1 });
    expect(first.stderr).toContain('line 2: invalid_event');
    expect(JSON.parse((await lake('backfill', file, '--json')).stdout)).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await verified()).toMatchObject({ status: 0 });
  });

  it('lists and replays dead letters, and skips no record at which no consumer waits', async () => {
    const letters = (...args: string[]) => agentbricks('dead-letters', ...args, '--home', home);
    const listed = await letters('list');
    expect(listed.stdout).toMatch(/collect: invalid_event: .+\s+1\n/);
    expect(listed.stdout).toContain('collect  "\\"nonsense\\""');
    expect(JSON.parse((await letters('list', '--json')).stdout)).toMatchObject([
      { consumer: 'collect', value: '"nonsense"' },
    ]);
    const replayed = await letters('replay');
    expect(replayed.status).toBe(1);
    expect(replayed.stdout).toContain('0 replayed, 0 already in the log, 1 fail as before');
    // The rejection appended an equal letter.
    expect(JSON.parse((await letters('list', '--json')).stdout)).toHaveLength(1);
    const skipped = await letters('skip', 'events.v1', '0', '0');
    expect(skipped.status).toBe(1);
    expect(skipped.stderr).toMatch(/no consumer waits at offset 0 of partition 0/);
  });

  it('forgets a user: no file contains the id', async () => {
    expect(await filesWith(home, 'u-late')).not.toEqual([]);
    await rm(join(home, 'late.jsonl'));
    const asked = await lake('forget', '--user', 'u-late');
    expect(asked).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/`agentbricks lake forget` was not confirmed/),
    });
    expect(await filesWith(home, 'u-late')).not.toEqual([]);
    const { status, stdout } = await lake('forget', '--user', 'u-late', '--yes', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      removed: { log: 1, lake: 1 },
      remaining: { log: 0, lake: 0, tables: 0 },
      files: [],
    });
    expect(await filesWith(home, 'u-late')).toEqual([]);
    expect(await verified()).toMatchObject({ status: 0 });
  });

  it('names a file that still contains the id', async () => {
    await writeFile(join(home, 'worlds/city/notes.txt'), `${' '.repeat(2 ** 20 - 3)}u-00001`);
    const { status, stderr } = await lake('forget', '--user', 'u-00001', '--yes');
    expect(status).toBe(1);
    expect(stderr).toContain('notes.txt');
  });

  it.each([
    ['missing.jsonl', /missing\.jsonl cannot be used \(ENOENT, open\): it does not exist\. Check the path/],
    ['', /cannot be used \(EISDIR, read\): it is a folder\. Name a file/],
  ])('rejects the backfill file "%s"', async (name, message) => {
    const { status, stderr } = await lake('backfill', join(home, name));
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(message) });
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it('rejects days in the reverse order', async () => {
    const { status, stderr } = await lake('replay', '--from', '2026-01-06', '--to', '2026-01-05');
    expect(status).toBe(1);
    expect(stderr).toContain('✗ there is no day from 2026-01-06 to 2026-01-05: --from is later than --to');
  });

  it('rejects an invalid day', async () => {
    expect((await lake('replay', '--from', 'yesterday', '--to', '2026-01-05')).stderr).toContain('2026-01-31');
  });
});
