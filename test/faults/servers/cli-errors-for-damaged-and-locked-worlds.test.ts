import { createCipheriv } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { cp, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '#adapters/sqlite/folder-lock.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { openRuntime } from '../../../localstack/embedded/host/open-runtime.ts';
import { agentbricks } from '../../bin/run-command.ts';

const MINUTE = 60_000;
const PAGE = 4_096;

let folder: string;
let home: string;
const world = (...parts: string[]) => join(home, 'worlds/city', ...parts);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentbricks-damaged-'));
  const size = ['--agents', '300', '--titles', '60', '--days', '2', '--seed', '3'];
  expect((await agentbricks('simulate', '--home', join(folder, 'whole'), ...size).ended).status).toBe(0);
}, MINUTE);
afterAll(() => rm(folder, { recursive: true }));
let copies = 0;
beforeEach(async () => {
  home = join(folder, `copy-${++copies}`);
  await cp(join(folder, 'whole'), home, { recursive: true });
});

const run = async (...args: string[]) => agentbricks(...args, '--home', home).ended;

/** Overwrites everything after the first pages with noise, as a failing disk would. */
async function garble(path: string, firstPage: number): Promise<void> {
  const { size } = await stat(path);
  const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16)).update(Buffer.alloc(size));
  const file = await open(path, 'r+');
  await file.write(noise, 0, size - firstPage * PAGE, firstPage * PAGE);
  await file.close();
}

/** Expects an error message that names the file and a fix, without a stack trace. */
function expectNamed({ status, stderr }: { status: number | null; stderr: string }, file: string): void {
  expect(status).toBe(1);
  expect(stderr).toContain('✗');
  expect(stderr).toContain(file);
  expect(stderr).toMatch(/agentbricks (reset|lake)/);
  expect(stderr).not.toMatch(/^\s+at /m);
}

describe('an error names the damaged file and the fix for', () => {
  it.each([
    ['the log, damaged from its first page', 'log.sqlite', 0],
    ['the log, damaged in the middle', 'log.sqlite', 8],
    ['the tables, damaged from their first page', 'tables.sqlite', 0],
  ])('%s', async (_, name, firstPage) => {
    await garble(world(name), firstPage);
    expectNamed(await run('lake', 'verify'), name);
  });

  it('the log, truncated', async () => {
    await truncate(world('log.sqlite'), 20 * PAGE);
    expectNamed(await run('lake', 'verify'), 'log.sqlite');
  });

  it('the tables, damaged in the middle, when they are read', async () => {
    await garble(world('tables.sqlite'), 3);
    const { status, stderr, stdout } = await run('recommend', '--user', 'u-00001');
    expect(status).toBe(1);
    expect(stderr + stdout).toMatch(/BRICK_STORAGE_DAMAGED|tables\.sqlite is damaged/);
  });

  it.each([
    ['the log', 'log.sqlite', 'UPDATE batches SET records = substr(records, 1, 40)'],
    ['the model registry', 'tables.sqlite', `INSERT INTO registry VALUES ('alias', 'champion', '{"version":', NULL)`],
  ])('a row of %s that is not JSON', async (_, name, damage) => {
    const database = new DatabaseSync(world(name));
    database.exec(damage);
    database.close();
    await using runtime = await openRuntime({ dataDir: world(), logLevel: 'SILENT' });
    const { registry, eventLog } = runtime.ports;
    const reading = async () => {
      await registry.get({ pk: 'alias', sk: 'champion' });
      await eventLog.read(EVENTS, { partition: 0, offset: 0 }, 1);
    };
    await expect(reading()).rejects.toMatchObject({
      code: 'BRICK_STORAGE_DAMAGED',
      message: expect.stringContaining(name),
    });
  });

  it('the state of a city', async () => {
    const text = await readFile(world('city.json'), 'utf8');
    await writeFile(world('city.json'), '{"formatVersion":1,');
    expectNamed(await run('simulate'), 'city.json');
    await writeFile(world('city.json'), '{"formatVersion":1}');
    expectNamed(await run('simulate'), 'city.json');
    await writeFile(world('city.json'), text.replace('"degraded": 0', '"degraded": 1'));
    expectNamed(await run('simulate'), 'city.json');
  });

  it('a checkpoint of the universe, truncated or with one changed bit', async () => {
    const path = world('universe/checkpoint.bin');
    const bytes = await readFile(path);
    const { sha256: _, ...city } = JSON.parse(await readFile(world('city.json'), 'utf8')) as { sha256: string };
    await writeFile(world('city.json'), JSON.stringify({ ...city, phase: 'first-week' }));
    await writeFile(path, bytes.subarray(0, bytes.length / 2));
    expectNamed(await run('simulate'), 'checkpoint.bin');
    bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1;
    await writeFile(path, bytes);
    expectNamed(await run('simulate'), 'checkpoint.bin');
  });

  it('a Parquet file of the lake, when features are built from it', async () => {
    const [torn = ''] = globSync(`${home}/**/events.v1-*.parquet`);
    await truncate(torn, 300);
    await using runtime = await openRuntime({ dataDir: world(), logLevel: 'SILENT' });
    const built = runtime.invoke('build-features', { runId: 'run-1', asOf: Date.now(), seed: 1 });
    await expect(built).rejects.toMatchObject({
      code: 'BRICK_DAMAGED_PARQUET',
      message: expect.stringContaining(torn),
    });
  });
});

describe('a world that has lost a file', () => {
  it.each(['log.sqlite', 'tables.sqlite', 'universe/checkpoint.bin', 'city.json'])(
    'does not begin again: %s',
    async (name) => {
      await rm(world(name));
      for (const command of [['simulate'], ['lake', 'verify'], ['up', '--once']]) {
        const { status, stderr } = await run(...command);
        expect({ command, status }).toEqual({ command, status: 1 });
        expect(stderr).toContain(`${world(name)} is missing`);
        expect(stderr).toContain('snapshot restore');
        expect(existsSync(world(name))).toBe(false);
      }
    },
  );

  it.each(['log.sqlite', 'tables.sqlite'])('does not begin again with an empty file: %s', async (name) => {
    await truncate(world(name), 0);
    await rm(world(`${name}-wal`), { force: true });
    for (const command of [['simulate'], ['lake', 'verify'], ['up', '--once']]) {
      const { status, stderr } = await run(...command);
      expect({ command, status }).toEqual({ command, status: 1 });
      expect(stderr).toContain(`${world(name)} is missing or empty`);
    }
  });

  it('because its deletion was killed, is complete or gone', async () => {
    let [complete, gone] = [0, 0];
    for (let attempt = 0; attempt < 6; attempt++) {
      home = join(folder, `killed-reset-${attempt}`);
      await cp(join(folder, 'whole'), home, { recursive: true });
      const resetting = agentbricks('reset', '--yes', '--home', home);
      // Without the startup, a deletion takes only milliseconds.
      await new Promise((done) => setTimeout(done, 250 + 60 * attempt));
      resetting.kill();
      await resetting.ended;
      if (existsSync(world())) {
        complete++;
        expect((await run('lake', 'verify')).status).toBe(0);
      } else {
        gone++;
        expect((await run('lake', 'verify')).stderr).toContain('does not exist');
      }
      await run('reset', '--yes');
      expect(existsSync(join(home, '.deleting'))).toBe(false);
    }
    expect(complete + gone).toBe(6);
  });
});

describe('a world that is in use', () => {
  it('cannot be deleted or started between two phases of a start', async () => {
    // Without a trainer, the start goes straight to the twins.
    using _trainer = lockFolder(join(home, 'trainer'));
    const size = ['--agents', '300', '--titles', '60', '--days', '2', '--seed', '3'];
    const start = agentbricks('up', '--once', '--home', home, ...size);
    const until = async (words: string) => {
      while (!start.said().includes(words)) await new Promise((done) => setTimeout(done, 20));
    };
    await until('Week 2');
    for (const command of [['reset', '--yes'], ['simulate'], ['up', '--once']]) {
      const { status, stderr } = await run(...command);
      expect({ command, status }).toEqual({ command, status: 1 });
      expect(stderr).toContain('in use by process');
    }
    start.kill();
    await start.ended;
    expect((await run('lake', 'verify')).status).toBe(0);
  });

  it('rejects a second process, and names the process that uses it', async () => {
    await using _runtime = await openRuntime({ dataDir: world() });
    const { status, stderr } = await run('lake', 'verify');
    expect(status).toBe(1);
    expect(stderr).toMatch(new RegExp(`in use by process ${process.pid} \\(\\S+`));
    expect(stderr).toContain(`Stop process ${process.pid}`);
  });

  it('is available again after its process was killed', async () => {
    const holder = agentbricks('up', '--home', home, '--port', '0');
    while (!holder.said().includes('Node.js')) await new Promise((done) => setTimeout(done, 20));
    holder.kill();
    await holder.ended;
    expect((await run('lake', 'verify')).stderr).not.toContain('in use');
  });
});
