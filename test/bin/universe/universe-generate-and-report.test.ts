import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { agentbricks } from '../run-in-process.ts';

const SIZE = ['--agents', '200', '--titles', '60', '--days', '2'];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-universe-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  vi.stubEnv('PATH', join(folder, 'no-programs'));
});
afterEach(() => vi.unstubAllEnvs());

describe('universe generate', () => {
  const generate = (...args: string[]) => agentbricks('universe', 'generate', ...SIZE, '--workers', '1', ...args);

  it('prints the number of events, the rate and the hash, the same for the same seed', async () => {
    const { status, stdout } = await generate('--seed', '2');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^200 agents, [\d,]+ sessions, [\d,]+ events in \d+\.\d s: [\d,]+ events\/s\nHash: [0-9a-f]{64}$/,
    );
    const { hash, agents } = JSON.parse((await generate('--seed', '2', '--json')).stdout);
    expect({ agents, end: stdout.endsWith(`Hash: ${hash}`) }).toEqual({ agents: 200, end: true });
  });

  it.each(['9/8', '0/2', 'half'])('rejects the part %s, and names the form', async (part) => {
    expect(await generate('--part', part)).toMatchObject({
      status: 1,
      stderr: `✗ "${part}" is not a valid --part: a part of the simulated people has the form number/total, and the number is between 1 and the total. Use a value such as 3/8.`,
    });
  });

  it('rejects a scenario with the invalid field', async () => {
    const path = join(folder, 'scenario.json');
    expect((await generate('--scenario', path)).stderr).toContain(`✗ the scenario file ${path} is not valid: ENOENT`);
    writeFileSync(path, '{"bots":"many"}');
    expect((await generate('--scenario', path)).stderr).toMatch(/bots[\s\S]*Correct the file; docs\/universe\.md/);
  });
});

describe('universe report, without Python', () => {
  const report = (...args: string[]) => agentbricks('universe', 'report', '--home', folder, ...SIZE, ...args);

  it('compares each statistic with its target range, and returns 1 if one is outside', async () => {
    const charts = join(folder, 'charts');
    const { status, stdout, stderr } = await report('--seeds', '1,2', '--pictures', charts);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^ +simulated \(seeds 1, 2\) +real +band/);
    expect(stdout).toMatch(/ OUTSIDE$/m);
    expect(stderr).toContain('Learnability is not measured: no Python 3.10 or later was found');
    expect(stderr).toMatch(/^Outside the target range: .+\.$/m);
    expect(stderr).toContain(`${readdirSync(charts).length} charts in ${charts}`);
  });

  it('compares with a real data set', async () => {
    const lines = Array.from(
      { length: 400 },
      (_, n) => `${n % 20}\t${(n * 7) % 31}\t${1 + (n % 5)}\t${874_724_710 + n}`,
    );
    const path = join(folder, 'u.data');
    writeFileSync(path, `${lines.join('\n')}\n`);
    const { rows, seeds, inside } = JSON.parse((await report('--against', path, '--json')).stdout);
    expect({ seeds, inside }).toEqual({ seeds: [1], inside: false });
    const mean = rows.find(({ name }: { name: string }) => name === 'ratings: mean');
    expect(mean).toMatchObject({
      simulated: [expect.any(Number)],
      real: expect.closeTo(3, 1),
      source: expect.any(String),
    });
  });
});
