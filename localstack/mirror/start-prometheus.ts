import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIX_THE_FILE, SeamUnusable } from '#adapters/composition/read-and-watch-seams-json.ts';
import { type Server, startServer } from '../servers/server-process.ts';
import { httpUrl, LOOPBACK, SERVICE_PORT } from './ports-tables-and-variables.ts';

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
  /** Absolute path of the alert rules. @default - the shared rules; `use 05.3` runs a learner's file instead */
  readonly rules?: string;
}

/** A running Prometheus, whose rules can be replaced. */
export interface Prometheus extends Server {
  /**
   * Loads a learner's rules, or the shared ones if there is no path.
   *
   * @throws SeamUnusable if Prometheus rejects the rules; it evaluates the shared ones then
   */
  useRules(path: string | undefined): Promise<void>;
}

const SHARED_RULES = join(SHARED, 'rules.yml');

/** Starts Prometheus with the mirror's configuration and rules. */
export async function startPrometheus({
  folder,
  port,
  rules = SHARED_RULES,
  ...options
}: PrometheusOptions): Promise<Prometheus> {
  mkdirSync(folder, { recursive: true });
  // Prometheus reads a copy, so that a change of the learner's file takes effect only when it is loaded.
  const copy = join(folder, 'rules.yml');
  copyFileSync(rules, copy);
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, configuration({ ...options, rules: copy }));
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--storage.tsdb.retention.time=15d',
    `--web.listen-address=${LOOPBACK}:${port}`,
    '--web.enable-lifecycle',
  ];
  const server = await startServer('prometheus', args, {
    ready: async () => (await fetch(`${httpUrl(port)}/-/ready`)).ok,
    output: join(folder, 'output.txt'),
  });
  const load = (path: string) => {
    copyFileSync(path, copy);
    return reload(port);
  };
  return {
    ...server,
    useRules: async (path = SHARED_RULES) => {
      const error = await load(path);
      if (error === undefined) return;
      await load(SHARED_RULES);
      throw new SeamUnusable(path, `Prometheus does not load it (${error})`, FIX_THE_FILE);
    },
  };
}

/** Lets Prometheus read its rules again. @returns why it rejects them, or undefined */
async function reload(port: number): Promise<string | undefined> {
  const response = await fetch(`${httpUrl(port)}/-/reload`, { method: 'POST' });
  return response.ok ? undefined : (await response.text()).trim();
}

/** Returns the shared configuration with another port and interval, and the full path of the rules. */
function configuration({
  servicePort = SERVICE_PORT,
  interval = SHARED_INTERVAL,
  rules,
}: Omit<PrometheusOptions, 'folder' | 'port' | 'rules'> & { readonly rules: string }) {
  return readFileSync(join(SHARED, 'prometheus.yml'), 'utf8')
    .replace(`${LOOPBACK}:${SERVICE_PORT}`, `${LOOPBACK}:${servicePort}`)
    .replaceAll(`interval: ${SHARED_INTERVAL}`, `interval: ${interval}`)
    .replace('rules.yml', rules);
}
