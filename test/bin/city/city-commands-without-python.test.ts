import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { embeddedEventLog } from '#adapters/event-log/embedded.ts';
import { lockFolder } from '#adapters/sqlite/folder-lock.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { up } from '../../../bin/commands/city/simulate-train-and-run-city.ts';
import { screen } from '../../support/recording-terminal.ts';
import { agentbricks } from '../run-in-process.ts';

const SIZE = ['--agents', '120', '--titles', '60', '--days', '1', '--seed', '3'];

describe('a city on a machine without Python', () => {
  let home: string;
  const run = (...args: string[]) => agentbricks(...args, '--home', home);
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'agentbricks-city-'));
  });
  afterAll(() => rmSync(home, { recursive: true }));
  beforeEach(() => {
    vi.stubEnv('PATH', join(home, 'no-programs'));
  });
  afterEach(() => vi.unstubAllEnvs());

  it('does not exist at first: each command names the next one', async () => {
    const { status, stdout } = await run('status');
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: `There is no world yet: \`npm start -- --home ${home}\` creates one.\nTrainer: not installed; the next start installs it`,
    });
    const { stderr } = await run('recommend', '--user', 'u-00001');
    expect(stderr).toContain('✗ the world city does not exist or has no events');
    expect(stderr).toContain(
      `Run \`npm start -- --home ${home}\` or \`agentbricks import movielens PATH --home ${home}\` first`,
    );
    expect((await run('recommend', '--user', 'u-00001', '--world', '../city')).stderr).toContain(
      '✗ "../city" is not a valid world name: the name becomes the name of a folder',
    );
    expect((await run('reset')).stderr).toBe(`Nothing to delete in ${join(home, 'worlds/city')}.`);
    expect(await run('reset', '--world', 'typo')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('the world typo does not exist'),
    });
  });

  it('cannot run a pipeline before there are events', async () => {
    const { status, stderr } = await run('pipeline', '--world', 'empty');
    expect(status).toBe(1);
    expect(stderr).toContain('No model will be trained: no Python 3.10 or later was found');
    expect(stderr).toContain(
      '✗ the world empty has no events: no simulation and no import has stored events in this world',
    );
    expect((await run('reset', '--world', 'empty', '--yes')).stderr).toBe(`Deleted ${join(home, 'worlds/empty')}.`);
  });

  it('is checked by the doctor: Python is missing, but everything else works', async () => {
    const { status, stdout } = await run('doctor', '--port', '0');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^✓ Node\.js: 2\d/);
    expect(stdout).toMatch(/^! Python: .*\n {4}Install Python 3/m);
    const { checks } = JSON.parse((await run('doctor', '--port', '0', '--json')).stdout);
    expect(checks.map(({ name }: { name: string }) => name)).toEqual(['Node.js', 'Python', 'Memory', 'Disk', 'Port 0']);
  });

  it('is simulated to the same event-log hash, and resumed instead of simulated again', async () => {
    const { status, stdout, stderr } = await run('simulate', ...SIZE);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Event-log hash: [0-9a-f]{64}$/);
    expect(stderr).toMatch(/first [\d,]+ events after/);
    const again = await run('simulate', '--json');
    expect(again.stderr).not.toContain('first');
    const { agents, eventLogHash } = JSON.parse(again.stdout);
    expect({ agents, stdout: `Event-log hash: ${eventLogHash}` }).toEqual({ agents: 120, stdout });
  });

  it('compares the policies without a champion', async () => {
    const { status, stdout, stderr } = await run('up', '--once');
    expect(status).toBe(0);
    expect(stderr).toContain('Week 2, once under each policy: same agents, same random numbers');
    expect(stderr).toMatch(/Total time: \d+\.\d s$/);
    expect(stdout).toMatch(/^policy +utility\/session/);
    expect(stdout).toMatch(/\noracle +\d/);
    expect(stdout).toMatch(/\nNo model was promoted, so there is no lift to report: .*\nEvent-log hash of week 1: /);
    const report = JSON.parse((await run('up', '--once', '--json')).stdout);
    expect(report).toMatchObject({ seed: 3, championVersion: null });
  });

  it('rejects another size than the stored one', async () => {
    const { status, stderr } = await run('up', '--once', '--agents', '10');
    expect(status).toBe(1);
    expect(stderr).toContain(`\`agentbricks reset --home ${home} --world city\``);
  });

  it('is listed with its phase and its champion', async () => {
    const { stdout } = await run('status');
    expect(stdout).toMatch(
      /^\* city: living\n {4}simulated until: 2026-\S+Z\n {4}champion: none \(popularity serves\)\nTrainer: not installed/,
    );
    const [world] = JSON.parse((await run('status', '--json')).stdout).worlds;
    expect(world).toMatchObject({ name: 'city', current: true, process: null, phase: 'living', champion: null });
    expect(world.lags).toContainEqual({ consumer: 'archiver', topic: EVENTS, records: 0 });
  });

  it('is listed with the records that a consumer has not processed', async () => {
    const worlds = join(home, 'worlds');
    mkdirSync(join(worlds, 'lagging'));
    const log = join(worlds, 'lagging', 'log.sqlite');
    {
      await using eventLog = embeddedEventLog({ path: log });
      const record = { key: 'u-1', value: '{}', headers: {}, timestamp: 0 };
      await eventLog.append(EVENTS, [record, record, record]);
      const [{ partition } = { partition: 0 }] = (await eventLog.partitions(EVENTS)).filter(({ next }) => next > 0);
      await eventLog.commit('archiver', EVENTS, { partition, offset: 1 });
    }
    const { stdout } = await run('status');
    rmSync(join(worlds, 'lagging'), { recursive: true });
    expect(stdout).toContain(`\n    records of ${EVENTS} that archiver has not processed: 2\n`);
    expect(stdout).toContain(`\n    records of ${EVENTS} that online-features has not processed: 3\n`);
  });

  it('recommends titles to a known and to an unknown user', async () => {
    const known = await run('recommend', '--user', 'u-00001', '--k', '3');
    expect(known.stderr).toMatch(
      /^User u-00001 has played \d+ titles\.\n3 titles in the world city, ranked by the policy/,
    );
    expect(known.stdout).toMatch(/^title +genres +source +score\n1\. .+ \(\d{4}\) +\w+/);
    expect(known.stdout.split('\n')).toHaveLength(4);
    const unknown = await run('recommend', '--user', 'newcomer', '--k', '3');
    expect(unknown.stderr).toContain(
      'User newcomer is unknown in the world city (cold start): popular titles are recommended.',
    );
    const rejected = await run('recommend', '--user', 'not an id');
    expect(rejected).toMatchObject({ status: 1, stderr: expect.stringContaining('✗ ') });
  });

  it('runs a pipeline that fails without a trainer, and prints where', async () => {
    const { status, stdout } = await run('pipeline');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^\S+ FAILED: /);
    expect((await run('status')).stdout).toMatch(/\n {4}last pipeline run: \S+ FAILED \(.+\)\n/);
  });

  it('is listed with a run that is running only while a process runs the world', async () => {
    const runs = join(home, 'worlds/city/runs/runs.json');
    const stored = readFileSync(runs, 'utf8');
    writeFileSync(runs, JSON.stringify([{ runId: 'r-1', status: 'RUNNING', startedAt: 0, input: {} }]));
    {
      using _lock = lockFolder(join(home, 'worlds/city'));
      expect((await run('status')).stdout).toContain('last pipeline run: r-1 RUNNING\n');
    }
    expect((await run('status')).stdout).toContain('last pipeline run: r-1 ABORTED (the process that ran it ended)');
    writeFileSync(runs, stored);
  });

  it('serves and continues until Ctrl-C, and resumes after it', async () => {
    const { terminal, stderr } = screen();
    const running = up({ home, port: 0, speed: 36_000 }, terminal);
    await expect.poll(stderr, { timeout: 30_000 }).toMatch(/Open http:\/\/\S+ in a browser\. Ctrl-C stops the city/);
    const [, url = ''] = /Serving (http:\S+)/.exec(stderr()) ?? [];
    await expect.poll(stderr, { timeout: 30_000 }).toMatch(/first [\d,]+ events/);
    const response = await fetch(`${url}/v1/recommendations?userId=u-00001&k=5`);
    expect(((await response.json()) as { items: unknown[] }).items).toHaveLength(5);
    expect((await run('lake', 'verify')).stderr).toContain(`in use by process ${process.pid}`);
    expect((await run('status')).stdout).toContain(`* city: living, run by process ${process.pid}`);
    process.listeners('SIGINT').at(-1)?.('SIGINT');
    expect(await running).toBe(0);
    expect(stderr()).toMatch(/Stopped\. The next start resumes from here\.$/);
  });

  it('is not started on a port that another process holds', async () => {
    const { createServer } = await import('node:http');
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((ready) => server.once('listening', ready));
    const { port } = server.address() as { port: number };
    const { status, stderr } = await run('up', '--port', String(port));
    server.close();
    expect(status).toBe(1);
    expect(stderr).toMatch(/✗ Port \d+: held by .*\n {4}Stop this process, or choose another port with --port\./);
  });

  it('is deleted by reset only after a confirmation, and no other world is deleted with it', async () => {
    const other = join(home, 'worlds/other');
    mkdirSync(other);
    const asked = await run('reset');
    expect(asked.status).toBe(1);
    expect(asked.stderr).toMatch(
      /will be deleted:\n {2}\S+worlds\/city\n✗ `agentbricks reset` was not confirmed: .* Add --yes/,
    );
    expect((await run('reset', '--yes')).stderr).toBe(`Deleted ${join(home, 'worlds/city')}.`);
    expect(existsSync(other)).toBe(true);
  });

  it('is deleted with all other worlds and the trainer if --all is given, which excludes --world', async () => {
    mkdirSync(join(home, 'trainer'));
    expect((await run('reset', '--all', '--world', 'other')).stderr).toContain('cannot be used with');
    expect((await run('reset', '--all', '--yes')).stderr.split('\n')).toEqual([
      `Deleted ${join(home, 'worlds/other')}.`,
      `Deleted ${join(home, 'trainer')}.`,
    ]);
    expect((await run('status')).stdout).toContain('There is no world yet');
  });
});
