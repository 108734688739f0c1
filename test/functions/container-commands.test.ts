import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentWith } from '#adapters/composition/read-config.ts';
import { RecommendReply } from '#domain/events/collect-and-recommend-contract.ts';
import { freePort, startServer } from '../../localstack/servers/server-process.ts';
import { openWorld } from '../support/open-test-system.ts';

/** The commands of functions/Dockerfile, with the embedded adapters. */
const JOB = 'functions/feature-engineering/build-features/job.ts';
const SERVE = 'functions/recommendation/serve/index.ts';
const scratch = mkdtempSync(join(tmpdir(), 'agentbricks-containers-'));
const dataDir = join(scratch, 'world');
const env = environmentWith({ DATA_DIR: dataDir, LOG_LEVEL: 'SILENT' });
let asOf = 0;

beforeAll(async () => {
  await using world = await openWorld();
  await world.titles();
  await world.play('ann', 't-0', 't-1');
  world.later();
  asOf = world.clock.at;
  cpSync(world.dataDir, dataDir, { recursive: true });
});
afterAll(() => rmSync(scratch, { recursive: true }));

const job = (...args: string[]) => spawnSync(process.execPath, [JOB, ...args], { env, encoding: 'utf8' });

describe('the feature job in a container', () => {
  it('builds the run that the command names', () => {
    const { status, stdout, stderr } = job('--run-id', 'run-1', '--as-of', `${asOf}`);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ runId: 'run-1', asOf, rows: { interactions: 2 } });
    expect(readdirSync(join(dataDir, 'objects/lake/runs/run-1'))).toContain('training-set.parquet');
  });

  it.each([
    [['--run-id', 'run-1', '--as-of', 'soon'], 'asOf'],
    [['--as-of', '5'], 'runId'],
    [['--run-id', 'run-2', '--as-of', '1600000000000'], 'BRICK_NOTHING_TO_LEARN'],
  ])('fails with %o and the reason', (args, why) => {
    const { status, stderr } = job(...args);
    expect(status).not.toBe(0);
    expect(stderr).toContain(why);
  });
});

describe('serving in a container', () => {
  it('returns what the function returns', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const ready = async () => (await fetch(`${url}/health`)).ok;
    await using _ = await startServer(process.execPath, [SERVE, '--port', `${port}`], { ready, env });
    const response = await fetch(`${url}/v1/recommendations?userId=bob&k=3`);
    expect(response.status).toBe(200);
    expect(RecommendReply.parse(await response.json()).items).toHaveLength(3);
    expect((await fetch(`${url}/v1/recommendations`)).status).toBe(400);
  });

  it('exits with status 0 after SIGTERM', async () => {
    const port = await freePort();
    const child = spawn(process.execPath, [SERVE, '--port', `${port}`], { env, stdio: 'ignore' });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    while (!(await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined))?.ok) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    child.kill('SIGTERM');
    expect(await exited).toBe(0);
  });
});

describe('the image of both containers', () => {
  it('contains their files, and runs as an unprivileged user', () => {
    const dockerfile = readFileSync('functions/Dockerfile', 'utf8');
    expect(dockerfile).toContain(`CMD ["${SERVE}"]`);
    expect(dockerfile).toContain('USER 1000');
    const ignored = readFileSync('.dockerignore', 'utf8').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['*', '!functions', '!layers/adapters', '!package-lock.json']));
  });
});
