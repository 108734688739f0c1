import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { agentbricks } from '../bin/run-command.ts';

const SIZE = ['--agents', '30000', '--titles', '300', '--days', '2', '--json'];
const PARTS = 8;
const AT_ONCE = 2;
const folder = mkdtempSync(join(tmpdir(), 'agentbricks-parts-'));
afterAll(() => rmSync(folder, { recursive: true }));

const generate = (...args: readonly string[]) => agentbricks('universe', 'generate', ...SIZE, ...args);
async function hashOf(...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await generate(...args).ended;
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return (JSON.parse(stdout) as { hash: string }).hash;
}

describe('agentbricks universe generate', () => {
  it('has the same hash with 1, 2 and 4 threads, and with 8 processes of which one was killed', async () => {
    const whole = await hashOf('--workers', '1');
    expect(await hashOf('--workers', '2')).toBe(whole);
    expect(await hashOf('--workers', '4')).toBe(whole);

    const killed = generate('--workers', '1', '--out', folder, '--part', `3/${PARTS}`);
    // Kills the process at any point of its work.
    await sleep(700);
    killed.kill();
    await killed.ended;
    for (let part = 1; part <= PARTS; part += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, i) => `${part + i}/${PARTS}`);
      await Promise.all(some.map((one) => hashOf('--workers', '1', '--out', folder, '--part', one)));
    }
    // All parts exist now, so this run only reads and merges them.
    expect(await hashOf('--workers', String(PARTS), '--out', folder)).toBe(whole);
    expect(readdirSync(join(folder, 'memory'))).toHaveLength(PARTS);
  });

  it('explains an invalid part', async () => {
    const { status, stderr } = await generate('--part', '9/8').ended;
    expect(status).toBe(1);
    expect(stderr).toContain('Use a value such as 3/8');
  });
});
