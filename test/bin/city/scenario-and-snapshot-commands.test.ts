import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { up } from '../../../bin/commands/city/simulate-train-and-run-city.ts';
import { use } from '../../../bin/commands/story/use-learners-code.ts';
import { cityStateFile } from '../../../localstack/embedded/city/state/persist-size-and-phase.ts';
import { codeOf, firstStep, learner } from '../../stories/learner-workspace.ts';
import { screen } from '../../support/recording-terminal.ts';
import { agentbricks } from '../run-in-process.ts';

const SIZE = { agents: 120, titles: 60, days: 1, seed: 3 };
/** Milliseconds that a city may take to start on a busy machine. */
const START_MS = 180_000;
const SPEED = 36_000;
const SOON = { timeout: 60_000 };

let home: string;
const run = (...args: string[]) => agentbricks(...args, '--home', home);
const json = async (...args: string[]) => JSON.parse((await run(...args, '--json')).stdout);
const file = (name: string, content: unknown) => {
  const path = join(home, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
};

/** Simulates the first day, and skips the pipeline and the comparison of the policies. */
async function prepareCity(): Promise<void> {
  await run('simulate', ...Object.entries(SIZE).flatMap(([name, value]) => [`--${name}`, String(value)]));
  const state = cityStateFile(join(home, 'worlds/city'));
  const simulated = state.read();
  if (!simulated) throw new Error('the city was not simulated');
  state.write({ ...simulated, phase: 'living', championVersion: null, verdict: 'none', twins: { policies: {} } });
}

/** Starts the city in this process, and returns a function that stops it as Ctrl-C does. */
async function startCity() {
  const { terminal, stderr } = screen();
  const running = up({ home, port: 0, speed: SPEED }, terminal);
  await vi.waitFor(() => expect(stderr()).toMatch(/Open http:\/\/\S+ in a browser[\s\S]*first [\d,]+ events/), SOON);
  const [, url = ''] = /Serving (http:\S+)/.exec(stderr()) ?? [];
  const stop = async () => {
    process.listeners('SIGINT').at(-1)?.('SIGINT');
    expect(await running).toBe(0);
  };
  return { url, stderr, stop };
}

/** Returns the scenarios in the first message of the page's feed. */
async function scenariosOnPage(url: string): Promise<readonly string[]> {
  const response = await fetch(`${url}/v1/live`);
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    const [, view] = /data: (.*)\n\n/.exec(text) ?? [];
    if (view) return JSON.parse(view).view.scenarios.map(({ name }: { name: string }) => name);
  }
  return [];
}

/** Without Python, no model is trained. */
const withoutPython = () => vi.stubEnv('PATH', join(home, 'no-programs'));

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'agentbricks-weather-'));
  withoutPython();
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

describe('without a running city', () => {
  it('the scenarios are listed, but none can be switched', async () => {
    const { status, stdout, stderr } = await run('scenario', 'list');
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('No city is running') });
    expect(stdout).toMatch(/^○ client-faults {2}late, repeated/);
    for (const args of [['on', 'bots'], ['off']]) {
      const { status, stderr } = await run('scenario', ...args);
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /✗ no city is running in .*: no process serves the city\. Start the city with `npm start -- --home \S+`/,
      );
    }
  });

  it('invalid scenarios are rejected with the path of the field, before anything starts', async () => {
    expect((await run('scenario', 'on', 'meteor')).stderr).toMatch(
      /there is no scenario meteor: .*client-faults, late/,
    );
    const invalid = file('invalid.json', { late: { share: 2 }, fad: { genre: 'Opera' } });
    for (const args of [
      ['scenario', 'on', invalid],
      ['up', '--scenario', invalid, '--port', '0'],
    ]) {
      const { status, stderr } = await run(...args);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^✗ the scenario file .*invalid\.json is not valid: late\.share: .*; fad\.fromHour: /);
    }
    expect(existsSync(join(home, 'worlds'))).toBe(false);
    expect((await run('scenario', 'on', file('Bad Name.json', {}))).stderr).toMatch(/has an unusable name/);
    expect((await run('scenario', 'on', join(home, 'missing.json'))).stderr).toMatch(
      /missing\.json is not valid: ENOENT/,
    );
  });

  it('there is nothing to save and nothing to restore', async () => {
    expect((await run('snapshot', 'save')).stderr).toContain('✗ the world city does not exist');
    expect((await run('snapshot', 'restore', 'x', '--yes')).stderr).toContain('✗ there is no snapshot x of this world');
    expect(await json('snapshot', 'list')).toEqual({ world: 'city', snapshots: [] });
  });
});

describe('in a running city', () => {
  let city: Awaited<ReturnType<typeof startCity>>;
  beforeAll(async () => {
    await prepareCity();
    city = await startCity();
  }, START_MS);

  it('a scenario is switched on after an automatic snapshot, and shown on the page', async () => {
    const { status, stdout, stderr } = await run('scenario', 'on', 'client-faults');
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^Saved the snapshot auto-\S+ \([\d.]+ MB; the last 5 automatic ones are kept\)\. Way back: stop the city, then npx agentbricks snapshot restore auto-\S+ --home \S+$/,
    );
    expect(stdout).toMatch(/^The scenario client-faults is on, from 2026-\S+ \S+ \(city time\)\./);
    expect((await run('scenario', 'list')).stdout).toMatch(/^● client-faults .* · on from 2026-/);
    expect(await scenariosOnPage(city.url)).toEqual(['client-faults']);
    const { snapshots } = await json('snapshot', 'list');
    expect(snapshots).toMatchObject([{ isAutomatic: true, reason: 'scenario on client-faults' }]);
  });

  it('a scenario of a file has the name of the file, and malformed events arrive', async () => {
    const mine = file('mine.json', { malformed: { share: 1 } });
    const state = await json('scenario', 'on', mine, '--no-snapshot');
    expect(state.scenarios.map(({ name }: { name: string }) => name)).toEqual(['client-faults', 'mine']);
    const rejected = async () =>
      Number(/rejected_total\{.*\} (\d+)/.exec(await (await fetch(`${city.url}/metrics`)).text())?.[1]);
    await expect.poll(rejected, SOON).toBeGreaterThan(20);
    expect((await run('scenario', 'list')).stdout).toContain('● mine           from a file · on');
  });

  it('scenarios are switched off', async () => {
    expect((await run('scenario', 'off', 'mine')).stdout).toBe('The scenario mine is off. Still on: client-faults.');
    expect((await run('scenario', 'off', 'mine')).stderr).toMatch(/✗ the scenario mine is not on: .* client-faults\./);
    expect((await run('scenario', 'off')).stdout).toBe('All scenarios are off.');
    expect(await scenariosOnPage(city.url)).toEqual([]);
  });

  it('two commands at once both succeed', async () => {
    const both = await Promise.all(['bots', 'outage'].map((name) => run('scenario', 'on', name)));
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    const { snapshots } = await json('snapshot', 'list');
    expect(new Set(snapshots.map(({ name }: { name: string }) => name)).size).toBe(3);
    const on = (await json('scenario', 'list')).scenarios.map(({ name }: { name: string }) => name);
    expect(on.filter((name: string) => name === 'bots')).toEqual(['bots']);
  });

  it('a snapshot is saved by hand, but not restored', async () => {
    const saved = await json('snapshot', 'save', 'mine');
    expect(saved).toMatchObject({ name: 'mine', isAutomatic: false });
    expect((await run('snapshot', 'save', 'mine')).stderr).toMatch(/✗ the snapshot mine exists already/);
    expect((await run('snapshot', 'restore', 'mine', '--yes')).stderr).toMatch(
      new RegExp(`✗ the world city cannot be replaced now: process ${process.pid} runs this world\\. Stop the process`),
    );
  });

  it('code that fails its checks is used after an automatic snapshot', async () => {
    using someone = learner();
    const step = await firstStep();
    someone.write(step, codeOf(step, 'exercise.ts'));
    vi.unstubAllEnvs();
    const { terminal, stderr } = screen();
    expect(await use('01.1', { workspace: someone.workspace, anyway: true, home }, terminal)).toBe(0);
    withoutPython();
    expect(stderr()).toMatch(/^Saved the snapshot auto-/);
    const { snapshots } = await json('snapshot', 'list');
    expect(snapshots.at(-1)).toMatchObject({ reason: 'use 01.1 --anyway' });
  });
});

describe('after a restart', () => {
  it('scenarios are still on, and a restored city continues from its snapshot', async () => {
    const first = await json('snapshot', 'list');
    const mine = first.snapshots.find(({ name }: { name: string }) => name === 'mine');
    process.listeners('SIGINT').at(-1)?.('SIGINT');
    await expect.poll(async () => (await json('status')).worlds[0].process, SOON).toBeNull();
    expect((await run('scenario', 'list')).stdout).toMatch(/● bots/);
    const rejected = await run('snapshot', 'restore', 'mine');
    expect(rejected.status).toBe(1);
    expect(rejected.stderr).toMatch(/are lost, with their events[\s\S]*was not confirmed: .* Add --yes/);
    const { status, stdout } = await run('snapshot', 'restore', 'mine', '--yes');
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`\`npm start -- --home ${home}\` resumes`),
    });
    const [world] = (await json('status')).worlds;
    expect(world.livedUntil).toBe(Date.UTC(2026, 0, 5) + mine.hoursDone * 3_600_000);
    expect((await run('lake', 'verify')).status).toBe(0);
    const city = await startCity();
    expect(city.stderr()).toMatch(/Scenarios that are still on: .*bots/);
    await city.stop();
  });

  it('snapshots of a deleted user are named, and deleted by hand', async () => {
    const { status, stderr } = await run('lake', 'forget', '--user', 'u-00001', '--yes');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /the id u-00001 still occurs in the snapshots auto-.*, mine.*`agentbricks snapshot delete mine --home \S+`/,
    );
    expect((await run('snapshot', 'delete', 'mine')).stderr).toMatch(
      /`agentbricks snapshot delete mine` was not confirmed/,
    );
    expect((await run('snapshot', 'delete', 'mine', '--yes')).stdout).toBe(
      'Deleted the snapshot mine of the world city.',
    );
    expect((await run('snapshot', 'delete', 'mine')).stderr).toContain('✗ there is no snapshot mine');
  });

  it('snapshots survive reset, and --all deletes them', async () => {
    const { snapshots } = await json('snapshot', 'list');
    expect((await run('reset', '--yes')).stderr).toMatch(/The world city still has 4 snapshots \([\d.]+ MB\)/);
    expect((await run('snapshot', 'restore', snapshots[0].name)).stderr).toContain('nothing is lost');
    expect((await run('snapshot', 'restore', snapshots[0].name, '--yes')).status).toBe(0);
    expect((await json('status')).worlds).toHaveLength(1);
    await run('reset', '--all', '--yes');
    expect((await json('snapshot', 'list')).snapshots).toEqual([]);
  });
});
