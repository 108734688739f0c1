import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explain } from '../../../bin/commands/city/explain-slate.ts';
import type { Explanation } from '../../../functions/recommendation/slate/explain-slate.ts';
import { openWorld, type World } from '../../support/open-test-system.ts';
import { screen } from '../../support/recording-terminal.ts';
import { agentbricks } from '../run-in-process.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.titles();
  await world.promoteFixture();
  await world.play('ann', 't-0', 't-3');
});
afterEach(() => world[Symbol.asyncDispose]());

async function explained(json: boolean): Promise<{ out: string[]; said: string[] }> {
  const { terminal, stdout, stderr } = screen();
  world.later();
  await explain(world.runtime.ports, { user: 'ann', k: 5, json }, terminal);
  return { out: stdout().split('\n'), said: stderr().split('\n') };
}

describe('agentbricks recommend --explain', () => {
  it('prints a row per candidate: scores, positions, sources and reason', async () => {
    const { out, said } = await explained(false);
    expect(said[0]).toMatch(/30 candidates for ann, ranked by the policy model, model /);
    expect(out[0]).toMatch(/title +score +before +after +propensity +sources +why/);
    expect(out).toHaveLength(31);
    expect(out.join('\n')).toContain('Film ');
  });

  it('prints it as JSON', async () => {
    const { out } = await explained(true);
    const { candidates, policy } = JSON.parse(out[0] ?? '') as Explanation;
    expect(policy).toBe('model');
    expect(candidates.filter(({ after }) => after !== null)).toHaveLength(5);
    expect(candidates.find(({ titleId }) => titleId === 't-0')).toMatchObject({
      name: 'Film 0',
      why: 'excluded: seen',
    });
  });

  it('recommends in a world that no process runs', async () => {
    const home = mkdtempSync(join(tmpdir(), 'agentbricks-home-'));
    mkdirSync(join(home, 'worlds'));
    const other = await openWorld();
    await other.titles();
    symlinkSync(other.dataDir, join(home, 'worlds/city'));
    await other.runtime[Symbol.asyncDispose]();
    const args = ['recommend', '--user', 'new', '--k', '2', '--explain', '--json', '--home', home, '--world', 'city'];
    const { status, stdout, stderr } = await agentbricks(...args);
    rmSync(home, { recursive: true });
    rmSync(other.dataDir, { recursive: true });
    expect(stderr).not.toContain('✗');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ userId: 'new', policy: 'popular' });
  });
});
