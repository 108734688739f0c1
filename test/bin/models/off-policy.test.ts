import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentbricks, agentbricksIn } from '../run-command.ts';

const SMALL = ['--seeds', '1,2', '--agents', '300', '--titles', '10', '--days', '1'];

describe('agentbricks off-policy', () => {
  it('prints what the log says beside the truth, per policy and world', async () => {
    const { status, stdout, stderr } = await agentbricks('off-policy', ...SMALL).ended;
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/requests +truth +IPS +SNIPS +doubly robust +mean weight +effective size/);
    expect(stdout.match(/^(random|newest|half-new), seed [12] /gm)).toHaveLength(6);
    expect(stdout).toMatch(/random \(any allowed title, evenly\): of 2 intervals hold the truth: IPS \d, SNIPS \d/);
  });

  it('prints JSON that a program can read, the same again for the same seeds', async () => {
    const [first, second] = [
      await agentbricks('off-policy', ...SMALL, '--json').ended,
      await agentbricks('off-policy', ...SMALL, '--json').ended,
    ];
    expect(first.stdout).toBe(second.stdout);
    const { rows, covered } = JSON.parse(first.stdout) as {
      rows: { requests: number; truth: number }[];
      covered: object;
    };
    expect(rows).toHaveLength(6);
    expect(rows.every(({ requests, truth }) => requests > 0 && truth > 0 && truth < 1)).toBe(true);
    expect(Object.keys(covered)).toEqual(['random', 'newest', 'half-new']);
  });

  it('leaves nothing behind when it is stopped, and refuses a share that is none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agentbricks-stopped-'));
    const stopped = agentbricksIn({ TMPDIR: folder }, 'off-policy', '--agents', '20000');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    stopped.interrupt();
    expect((await stopped.ended).status).toBe(130);
    expect(readdirSync(folder).filter((name) => name.startsWith('agentbricks-'))).toEqual([]);
    rmSync(folder, { recursive: true });
    const { status, stderr } = await agentbricks('off-policy', '--share', '0').ended;
    expect(status).not.toBe(0);
    expect(stderr).toContain('It must be above 0 and at most 1.');
  });
});
