import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, startServer } from '../servers/server-process.ts';
import { httpUrl, LOOPBACK, SERVICE_PORT } from './mirror-environment.ts';

/** Folder with the configuration and the rules, which compose mounts into its container. */
const SHARED = join(import.meta.dirname, '../prometheus');
const SHARED_INTERVAL = '15s';

export interface PrometheusOptions {
  /** Folder for the time series, which remain there after the server was stopped. */
  readonly folder: string;
  readonly port: number;
  /** @default - SERVICE_PORT */
  readonly servicePort?: number;
  /**
   * Time between two scrapes, and between two evaluations of the rules, in Prometheus's notation. @default - as in the
   * shared file
   */
  readonly interval?: string;
}

/** Starts Prometheus with the mirror's configuration and rules. */
export async function startPrometheus({ folder, port, ...options }: PrometheusOptions): Promise<Server> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, configuration(options));
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--storage.tsdb.retention.time=15d',
    `--web.listen-address=${LOOPBACK}:${port}`,
  ];
  return startServer('prometheus', args, {
    ready: async () => (await fetch(`${httpUrl(port)}/-/ready`)).ok,
    output: join(folder, 'output.txt'),
  });
}

/** Returns the shared configuration with another port and interval, and the full path of the shared rules. */
function configuration({
  servicePort = SERVICE_PORT,
  interval = SHARED_INTERVAL,
}: Omit<PrometheusOptions, 'folder' | 'port'>) {
  return readFileSync(join(SHARED, 'prometheus.yml'), 'utf8')
    .replace(`${LOOPBACK}:${SERVICE_PORT}`, `${LOOPBACK}:${servicePort}`)
    .replaceAll(`interval: ${SHARED_INTERVAL}`, `interval: ${interval}`)
    .replace('rules.yml', join(SHARED, 'rules.yml'));
}
