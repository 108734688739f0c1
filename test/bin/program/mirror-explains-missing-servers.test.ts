import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { mirrorProgram } from '../../../bin/program/mirror-servers-program.ts';
import { runInProcess } from '../run-in-process.ts';

/** Tests with real servers are in test/localstack/mirror. */
describe('npm run mirror', () => {
  let folder: string;
  const mirror = (...args: string[]) => runInProcess(mirrorProgram, args);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'agentbricks-mirror-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => vi.unstubAllEnvs());

  it('without Docker names the native servers as the alternative', async () => {
    vi.stubEnv('PATH', join(folder, 'no-programs'));
    const { status, stderr } = await mirror();
    expect(status).toBe(1);
    expect(stderr).toContain('Starting localstack/docker-compose.yml …');
    expect(stderr).toMatch(/✗ `docker compose version` failed: .*npm run mirror -- --native/);
  });

  it('reports the docker command that failed', async () => {
    writeFileSync(join(folder, 'docker'), '#!/bin/sh\n[ "$2" = version ]\n');
    chmodSync(join(folder, 'docker'), 0o755);
    vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
    expect((await mirror()).stderr).toMatch(/✗ `docker compose up --detach --wait .*` failed/);
  });

  it('lists all native servers that are not installed', async () => {
    vi.stubEnv('PATH', join(folder, 'no-programs'));
    const { status, stderr } = await mirror('--native', '--mlflow', '--folder', folder);
    expect(status).toBe(1);
    expect(stderr).toContain('Starting aws, cache, kafka, prometheus, mlflow …');
    expect(stderr).toMatch(/✗ .*Redis.*MLflow/);
  });

  it.each([
    ['nonsense=80', 'It must be one of aws, kafka, cache, prometheus, grafana, mlflow.'],
    ['kafka=0', 'It must be a port from 1 to 65535.'],
    ['kafka', 'It must be a port from 1 to 65535.'],
  ])('rejects the port %s', async (port, message) => {
    const { status, stderr } = await mirror('--native', '--port', 'aws=14566', '--port', port);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(message) });
  });
});
