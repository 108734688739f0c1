import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Admin } from '@platformatic/kafka';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PORTS, type Ports } from '../../../localstack/mirror/ports-tables-and-variables.ts';
import { startCompose } from '../../../localstack/mirror/start-docker-compose.ts';
import { type NativeName, startNative } from '../../../localstack/mirror/start-native-servers.ts';
import { hasKafka, KAFKA_INSTALL_HINT } from '../../../localstack/servers/install-and-start-kafka.ts';
import { hasMiniStack } from '../../../localstack/servers/install-and-start-ministack.ts';
import { hasPrometheus, PROMETHEUS_INSTALL_HINT } from '../../../localstack/servers/run-promtool.ts';
import { freePort, isInstalled } from '../../../localstack/servers/server-process.ts';
import { REDIS_INSTALL_HINT } from '../../../localstack/servers/start-redis.ts';
import { describeWith } from '../../support/require-server.ts';

let folder: string;
let path: string | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-start-mirror-'));
  path = process.env.PATH;
});
afterEach(() => {
  vi.restoreAllMocks();
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.end());
  });

describe('the mirror with Docker', () => {
  it('explains that Docker is not installed', async () => {
    process.env.PATH = folder;
    await expect(startCompose()).rejects.toMatchObject({
      code: 'BRICK_DOCKER_FAILED',
      explanation: { why: '`docker` is not installed', fix: expect.stringContaining('--native') },
    });
  });

  it('explains which command failed', async () => {
    writeFileSync(join(folder, 'docker'), '#!/bin/sh\n[ "$2" = version ] && exit 0\nexit 7\n');
    chmodSync(join(folder, 'docker'), 0o755);
    process.env.PATH = `${folder}:${path}`;
    await expect(startCompose()).rejects.toThrow(
      '`docker compose up --detach --wait aws kafka cache prometheus grafana mlflow` failed: it exited with status 7',
    );
  });
});

describe('the containers of the mirror', () => {
  it.for<[step: string, fails: string, error: string]>([
    ['do not become healthy', 'up', 'compose up --detach'],
    ['cannot get their topics', 'run', 'compose run --rm --no-deps topics` failed: it exited with status 7'],
    ['cannot get their tables', 'none', 'no table today'],
  ])('are stopped if they %s', async ([, fails, error]) => {
    const script = `#!/bin/sh\necho "$*" >> ${folder}/calls\ncase " $* " in *" ${fails} "*) exit 7;; esac\n`;
    writeFileSync(join(folder, 'docker'), script);
    chmodSync(join(folder, 'docker'), 0o755);
    process.env.PATH = `${folder}:${path}`;
    vi.spyOn(DynamoDBClient.prototype, 'send').mockImplementation(() => Promise.reject(new Error('no table today')));
    await expect(startCompose()).rejects.toThrow(error);
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n');
    expect(calls.at(-1)).toMatch(/docker-compose\.yml stop$/);
  });
});

describe('the native mirror', () => {
  it('names the programs that are missing, with installation hints, before it starts a server', async () => {
    process.env.PATH = folder;
    const names: NativeName[] = ['cache', 'prometheus'];
    const started: string[] = [];
    const options = { folder, ports: PORTS, names, onReady: (name: string) => void started.push(name) };
    await expect(startNative(options)).rejects.toMatchObject({
      code: 'BRICK_SERVER_MISSING',
      message: expect.stringMatching(/Redis, Prometheus cannot be started: .*apt install redis-server; .*prometheus/),
    });
    expect(started).toEqual([]);
  });
});

describeWith(
  'Redis and Prometheus',
  isInstalled('redis-server') && hasPrometheus(),
  `${REDIS_INSTALL_HINT} ${PROMETHEUS_INSTALL_HINT}`,
)('the servers of the native mirror', () => {
  const portsWith = async (): Promise<Ports> => ({ ...PORTS, cache: await freePort(), prometheus: await freePort() });

  it('run until they are disposed', async () => {
    const ports = await portsWith();
    const ready: string[] = [];
    const options = { folder, ports, names: ['cache', 'prometheus'] as const };
    const mirror = await startNative({ ...options, onReady: (name) => void ready.push(name) });
    expect(ready.sort()).toEqual(['cache', 'prometheus']);
    expect(await listens(ports.cache)).toBe(true);
    expect((await fetch(`http://127.0.0.1:${ports.prometheus}/-/ready`)).ok).toBe(true);
    await mirror[Symbol.asyncDispose]();
    expect(await listens(ports.cache)).toBe(false);
  });

  it('are all stopped if one of them cannot start', async () => {
    const ports = await portsWith();
    const blocker = createServer((socket) => socket.destroy()).listen(ports.prometheus, '127.0.0.1');
    const failed = startNative({ folder, ports, names: ['cache', 'prometheus'], onReady: () => {} });
    await expect(failed).rejects.toThrow(/prometheus exited with status 1 before it was ready/);
    expect(await listens(ports.cache)).toBe(false);
    await new Promise((resolve) => blocker.close(resolve));
  });
});

describeWith(
  'MiniStack',
  hasMiniStack(),
  'On Debian: apt install python3-venv.',
)('the native MiniStack', () => {
  it('is stopped if its tables cannot be created', async () => {
    const ports = { ...PORTS, aws: await freePort() };
    vi.spyOn(DynamoDBClient.prototype, 'send').mockImplementation(() => Promise.reject(new Error('no table today')));
    await expect(startNative({ folder, ports, names: ['aws'], onReady: () => {} })).rejects.toThrow('no table today');
    expect(await listens(ports.aws)).toBe(false);
  });
});

describeWith(
  'Apache Kafka',
  hasKafka(),
  KAFKA_INSTALL_HINT,
)('the native Kafka', () => {
  it('is stopped if its topics cannot be created', async () => {
    const ports = { ...PORTS, kafka: await freePort() };
    vi.spyOn(Admin.prototype, 'createTopics').mockImplementation(() => Promise.reject(new Error('no topic today')));
    await expect(startNative({ folder, ports, names: ['kafka'], onReady: () => {} })).rejects.toThrow('no topic today');
    expect(await listens(ports.kafka)).toBe(false);
  });
});
