import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { diagnose } from '../../localstack/embedded/doctor/environment-checks.ts';
import { isFree, portHolder } from '../../localstack/embedded/doctor/find-port-holder.ts';
import { freePort } from '../../localstack/servers/server-process.ts';

let folder: string;
let server: Server;
let port: number;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-doctor-'));
  port = await freePort();
  server = createServer();
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
});
afterEach(async () => {
  await new Promise((done) => server.close(done));
  rmSync(folder, { recursive: true });
});

const checkOf = async (name: string, at = port) =>
  (await diagnose({ folder, trainerFolder: join(folder, 'trainer'), port: at })).find((check) => check.name === name);

it('names the process that uses a port', async () => {
  expect(await isFree(port)).toBe(false);
  expect(portHolder(port)).toContain(`process ${process.pid} (`);
  expect(await checkOf(`Port ${port}`)).toMatchObject({
    status: 'failed',
    found: expect.stringContaining(String(process.pid)),
    fix: expect.stringContaining('--port'),
  });
});

it('reports a free port', async () => {
  const free = await freePort();
  expect(await isFree(free)).toBe(true);
  expect(portHolder(free)).toBeUndefined();
  expect(await checkOf(`Port ${free}`, free)).toEqual({ name: `Port ${free}`, status: 'ok', found: 'free' });
});

it('checks Node.js, Python, memory and disk', async () => {
  for (const name of ['Node.js', 'Python', 'Memory', 'Disk']) {
    expect(await checkOf(name)).toMatchObject({ status: expect.stringMatching(/^(ok|limited|failed)$/) });
  }
  expect(await checkOf('Node.js')).toMatchObject({ status: 'ok', found: process.versions.node });
});
