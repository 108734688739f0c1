import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { Admin } from '@platformatic/kafka';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { TOPICS } from '#domain/events/event-log-topics.ts';
import { DASHBOARDS } from '../../../functions/monitoring/dashboard-panels.ts';
import { queryOf } from '../../../functions/monitoring/load-prometheus-queries.ts';
import { makeTables } from '../../../localstack/mirror/create-tables.ts';
import { environmentOf, httpUrl, PORTS, TABLES } from '../../../localstack/mirror/ports-tables-and-variables.ts';
import { NATIVE } from '../../../localstack/mirror/start-native-servers.ts';
import { startPrometheus } from '../../../localstack/mirror/start-prometheus.ts';
import {
  hasMiniStack,
  type MiniStack,
  startMiniStack,
} from '../../../localstack/servers/install-and-start-ministack.ts';
import { hasPrometheus, PROMETHEUS_INSTALL_HINT } from '../../../localstack/servers/run-promtool.ts';
import { freePort } from '../../../localstack/servers/server-process.ts';
import { withEmulatorCredentials } from '../../layers/adapters/api-access/set-emulator-credentials.ts';
import { describeWith } from '../../support/require-server.ts';

const SOON = { timeout: 20_000, interval: 250 };
const [REQUESTS, AT_ONCE] = [150, 10];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-mirror-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Queries Prometheus's API. */
const queryApi = async <Data>(port: number, path: string): Promise<Data> => {
  const answer = (await (await fetch(`${httpUrl(port)}/api/v1/${path}`)).json()) as {
    status: string;
    data: Data;
    error?: string;
  };
  expect(answer.error).toBeUndefined();
  return answer.data;
};

interface Alert {
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

describeWith(
  'Prometheus and MiniStack',
  hasPrometheus() && hasMiniStack(),
  PROMETHEUS_INSTALL_HINT,
)('the mirror’s Prometheus, next to the running service', () => {
  const started = new AsyncDisposableStack();
  let aws: MiniStack | undefined;
  let [port, url] = [0, ''];
  beforeAll(async () => {
    aws = started.use(await startMiniStack());
    await makeTables(aws.endpoint);
    url = await startService({
      ...environmentOf(PORTS, []),
      AWS_ENDPOINT_URL: aws.endpoint,
      EVENT_LOG: 'embedded',
      CACHE: 'memory',
    });
    port = await freePort();
    const [place, servicePort] = [join(folder, 'prometheus'), Number(new URL(url).port)];
    started.use(await startPrometheus({ folder: place, port, servicePort, interval: '1s' }));
  });
  afterAll(() => started.disposeAsync());

  /** Starts the service as a separate process, with its tables on the emulated AWS. @returns its address */
  const startService = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const child = spawn(
      process.execPath,
      ['test/faults/servers/agentbricks-server-to-kill.ts', join(folder, 'world')],
      {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    started.defer(() => void child.kill('SIGKILL'));
    return String((await once(child.stdout, 'data'))[0]).trim();
  };

  /** Requests slates. @returns the statuses of the responses */
  const ask = async (): Promise<number[]> => {
    const statuses: number[] = [];
    for (let i = 0; i < REQUESTS; i += AT_ONCE) {
      const some = Array.from({ length: AT_ONCE }, (_, k) => fetch(`${url}/v1/recommendations?userId=${i + k}`));
      statuses.push(...(await Promise.all(some)).map(({ status }) => status));
    }
    return statuses;
  };
  const alerts = async () => (await queryApi<{ alerts: Alert[] }>(port, 'alerts')).alerts;
  const valueNow = async (query: string): Promise<number | undefined> => {
    const { result } = await queryApi<{ result: { value: [number, string] }[] }>(
      port,
      `query?query=${encodeURIComponent(query)}`,
    );
    return result[0] && Number(result[0].value[1]);
  };

  it('scrapes it, including counters that are still 0', async () => {
    type Targets = { activeTargets: { health: string; lastError: string; labels: { job: string } }[] };
    await vi.waitFor(async () => {
      const { activeTargets } = await queryApi<Targets>(port, 'targets');
      expect(activeTargets).toMatchObject([{ health: 'up', lastError: '', labels: { job: 'agentbricks' } }]);
    }, SOON);
    expect(await valueNow('agentbricks_errors_total{operation="collect"}')).toBe(0);
  });

  it('evaluates every rule', async () => {
    type Rules = { groups: { name: string; rules: { health: string; lastError?: string }[] }[] };
    await vi.waitFor(async () => {
      const { groups } = await queryApi<Rules>(port, 'rules');
      expect(groups.map(({ name }) => name)).toEqual(['slos']);
      const all = groups.flatMap(({ rules }) => rules);
      expect(all.filter(({ health, lastError }) => health !== 'ok' || lastError)).toEqual([]);
    }, SOON);
  });

  it('supports every query of the dashboards', async () => {
    const queries = DASHBOARDS.flatMap(({ panels }) => panels.flatMap(({ series }) => series.map(queryOf)));
    for (const query of new Set(queries)) await valueNow(query);
  });

  it('fires no alert during normal operation, and fires when the service fails', async () => {
    expect(new Set(await ask())).toEqual(new Set([200]));
    const requests = 'sum(increase(agentbricks_invocations_total{operation="recommend"}[1h]))';
    await vi.waitFor(async () => expect(await valueNow(requests)).toBeGreaterThan(0), SOON);
    expect(await alerts()).toEqual([]);

    // Every slate needs the table of online features.
    await aws?.[Symbol.asyncDispose]();
    expect((await ask()).filter((status) => status < 500)).toEqual([]);
    const firing = await vi.waitFor(async () => {
      const found = (await alerts()).filter(
        ({ labels }) => labels.slo === 'recommend-availability' && labels.windows === '1h/5m',
      );
      expect(found).toHaveLength(1);
      return found[0];
    }, SOON);
    expect(firing).toMatchObject({
      state: 'firing',
      labels: { alertname: 'SloBurning', slo: 'recommend-availability', severity: 'page' },
      annotations: { runbook_url: 'docs/runbooks/recommend-availability.md' },
    });
  });
});

const { mlflow: _, ...servers } = NATIVE;
const missing = Object.values(servers).filter(({ isAvailable }) => !isAvailable());

describeWith(
  'the servers of the mirror',
  missing.length === 0,
  missing.map(({ installHint }) => installHint).join(' '),
)('`npm run mirror -- --native`', () => {
  withEmulatorCredentials();

  it('starts every server with topics and tables, and stops them all on an interrupt', async () => {
    const names = Object.keys(servers);
    const ports = new Map<string, number>();
    for (const name of names) ports.set(name, await freePort());
    const args = [...ports].flatMap(([name, port]) => ['--port', `${name}=${port}`]);
    const child = spawn(
      'node',
      ['bin/start-mirror-servers.ts', '--native', '--json', '--folder', join(folder, 'mirror'), ...args],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const said: string[] = [];
    child.stderr.on('data', (text) => said.push(String(text)));
    const ended = once(child, 'exit');
    const [line] = await Promise.race([once(child.stdout, 'data'), ended.then(() => [undefined])]);
    expect(line, said.join('')).toBeDefined();
    const ready = JSON.parse(String(line)) as { servers: Record<string, string>; environment: Record<string, string> };
    expect(ready.servers).toEqual(Object.fromEntries([...ports].map(([name, port]) => [name, `127.0.0.1:${port}`])));

    const admin = new Admin({ clientId: 'test', bootstrapBrokers: [ready.environment.KAFKA_BROKERS ?? ''] });
    expect((await admin.listTopics()).sort()).toEqual([...TOPICS].sort());
    await admin.close();
    const { TableNames } = await new DynamoDBClient({ endpoint: ready.environment.AWS_ENDPOINT_URL }).send(
      new ListTablesCommand(),
    );
    expect(TableNames?.sort()).toEqual(Object.values(TABLES).sort());

    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
    for (const port of ports.values()) await expect(fetch(httpUrl(port))).rejects.toThrow();
    expect(said.join('')).toContain('kafka is ready after');
  });
});
