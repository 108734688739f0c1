import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useTemporaryFolder } from '../../../bin/home/put-temporary-files-under-home.ts';
import { agentbricksIn } from '../run-command.ts';

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
/** Process id that no process has: the greatest of Linux is 4,194,304. */
const NO_PROCESS = '99999999';

describe('the temporary files of a process', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'agentbricks-temporary-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('are under the home, readable only by the user, and deleted at its end', () => {
    const before = tmpdir();
    {
      using _temporary = useTemporaryFolder(home);
      expect(tmpdir()).toBe(join(home, 'tmp', String(process.pid)));
      writeFileSync(join(tmpdir(), 'rows.ndjson'), 'u-1');
    }
    expect(tmpdir()).toBe(before);
    expect(readdirSync(join(home, 'tmp'))).toEqual([]);
    expect([mode(join(home, 'tmp')), mode(join(home, 'worlds'))]).toEqual(['700', '700']);
  });

  it('are deleted by the next process if it was killed, and only then', () => {
    const running = join(home, 'tmp', String(process.ppid));
    const killed = join(home, 'tmp', NO_PROCESS);
    for (const folder of [running, killed]) mkdirSync(folder, { recursive: true });
    using _temporary = useTemporaryFolder(home);
    expect([existsSync(running), existsSync(killed)]).toEqual([true, false]);
  });

  it('are all there, also those of a command that is killed', { timeout: 120_000 }, async () => {
    const elsewhere = join(home, 'elsewhere');
    mkdirSync(elsewhere);
    const simulate = () =>
      agentbricksIn(
        { TMPDIR: elsewhere },
        ...['simulate', '--home', home, '--agents', '200', '--titles', '60', '--days', '1', '--seed', '3'],
      );
    const first = simulate();
    await expect.poll(() => existsSync(join(home, 'tmp')), { timeout: 30_000 }).toBe(true);
    await sleep(500);
    first.kill();
    await first.ended;
    expect(readdirSync(join(home, 'tmp'))).toHaveLength(1);
    expect((await simulate().ended).status).toBe(0);
    expect({ left: readdirSync(join(home, 'tmp')), elsewhere: readdirSync(elsewhere) }).toEqual({
      left: [],
      elsewhere: [],
    });
  });
});
