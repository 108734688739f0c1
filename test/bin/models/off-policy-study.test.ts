import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agentbricksIn } from '../run-command.ts';
import { agentbricks } from '../run-in-process.ts';

const SMALL = ['--seeds', '1,2', '--agents', '300', '--titles', '10', '--days', '1'];

describe('agentbricks off-policy', () => {
  it('prints the estimates and the truth for each policy and world', async () => {
    const { status, stdout, stderr } = await agentbricks('off-policy', ...SMALL);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/requests +truth +IPS +SNIPS +doubly robust +mean weight +effective size/);
    expect(stdout.match(/^(random|newest|half-new), seed [12] /gm)).toHaveLength(6);
    expect(stdout).toMatch(/random \(.+\): intervals that contain the truth, of 2: IPS \d, SNIPS \d/);
  });

  it('prints JSON, the same for the same seeds', async () => {
    const [first, second] = [
      await agentbricks('off-policy', ...SMALL, '--json'),
      await agentbricks('off-policy', ...SMALL, '--json'),
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

  it('deletes its files when it is stopped, and rejects an invalid share', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agentbricks-stopped-'));
    const stopped = agentbricksIn({ TMPDIR: folder }, 'off-policy', '--agents', '20000');
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    stopped.interrupt();
    expect((await stopped.ended).status).toBe(130);
    expect(readdirSync(folder).filter((name) => name.startsWith('agentbricks-'))).toEqual([]);
    rmSync(folder, { recursive: true });
    const { status, stderr } = await agentbricks('off-policy', '--share', '0');
    expect(status).not.toBe(0);
    expect(stderr).toContain('It must be above 0 and at most 1.');
  });
});
