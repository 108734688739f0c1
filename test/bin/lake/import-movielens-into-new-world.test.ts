import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentbricks } from '../run-in-process.ts';

const START = 874_724_710;
const RATINGS = Array.from({ length: 60 }, (_, n) => `u${n % 7}\tt${n % 11}\t${1 + (n % 5)}\t${START + n * 6_100}`);

describe('agentbricks import', () => {
  let home: string;
  let path: string;
  const run = (...args: string[]) => agentbricks(...args, '--home', home);
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'agentbricks-import-'));
    path = join(home, 'u.data');
    writeFileSync(path, `${[...RATINGS, RATINGS[0]].join('\n')}\n`);
  });
  afterAll(() => rmSync(home, { recursive: true }));

  it('stops at an invalid line, and names it', async () => {
    const broken = join(home, 'broken.inter');
    writeFileSync(broken, 'user_id:token\titem_id:token\trating:float\ttimestamp:float\nu1\tt1\n');
    const { status, stderr } = await run('import', 'movielens', broken);
    expect(status).toBe(1);
    expect(stderr).toMatch(/✗ .*broken\.inter.*2/);
  });

  it('prints a summary, and makes the new world the current one', async () => {
    const { status, stdout, stderr } = await run('import', 'movielens', path);
    expect(status).toBe(0);
    expect(stderr.split('\n')).toEqual([
      'Reading and validating every line.',
      'Replaying through POST /v1/events, with the times of the data set.',
    ]);
    const [size, dates, events, repeated, next] = stdout.split('\n');
    expect(size).toMatch(/7 users, 11 titles, 60 ratings$/);
    expect(dates).toBe('from 1997-09-20 to 1997-09-24 (5 days)');
    expect(events).toMatch(/^138 events accepted, 0 already in the log \(\d+\.\d s\)$/);
    expect(repeated).toBe('repeated lines: 1 (each counts once)');
    expect(next).toBe(`The current world is now movielens. Next: npx agentbricks pipeline --home ${home}`);
    expect((await run('status')).stdout).toMatch(/^\* movielens: imported\n {4}champion: none/);
  });

  it('accepts nothing twice', async () => {
    const { events, tookMs } = JSON.parse((await run('import', 'movielens', path, '--json')).stdout);
    expect({ events, tookMs }).toEqual({
      events: { accepted: 0, alreadyThere: 138, refused: 0 },
      tookMs: expect.any(Number),
    });
  });

  it('lists the invalid lines that it skips', async () => {
    const some = join(home, 'ratings.inter');
    const header = 'user_id:token\titem_id:token\trating:float\ttimestamp:float';
    writeFileSync(some, `${[header, ...RATINGS.slice(0, 9), 'u1\tt1'].join('\n')}\n`);
    const { status, stdout } = await run('import', 'movielens', some, '--world', 'other', '--on-error', 'skip');
    expect(status).toBe(0);
    expect(stdout).toMatch(/\nskipped lines: 1 \(listed with reasons in .*worlds\/other\/\S+\)\n/);
  });

  it('recommends imported titles, and describes their features', async () => {
    const { stderr } = await run('recommend', '--user', 'u1', '--world', 'movielens', '--k', '2');
    expect(stderr).toContain('2 titles in the world movielens');
    const { stdout } = await run('features', 'describe', '--world', 'movielens');
    expect(stdout).toMatch(/^World movielens as of 1997-09-24T/);
    expect(stdout).toContain('histogram p1 to p99');
  });
});
