import { once } from 'node:events';
import { resolve } from 'node:path';
import { environmentOf, LOOPBACK, PORTS, type Ports } from '../../../localstack/mirror/ports-tables-and-variables.ts';
import { startCompose } from '../../../localstack/mirror/start-docker-compose.ts';
import { NATIVE, type NativeName, startNative } from '../../../localstack/mirror/start-native-servers.ts';
import { DEFAULT_WORKSPACE, seamsFileIn } from '../../../stories/academy/workspace/workspace-paths.ts';
import { seconds, table } from '../../console/format-values-and-tables.ts';
import { untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';
import { followRules } from '../../learner-code/definitions-and-rules/load-learners-rules-into-prometheus.ts';

/** Server that starts only if an option requests it, because its installation takes minutes. */
const ON_REQUEST: NativeName = 'mlflow';

export interface MirrorOptions {
  readonly native?: true;
  readonly mlflow?: true;
  readonly folder: string;
  readonly port?: Partial<Ports>;
  readonly json?: true;
}

/** Starts the servers, prints their addresses, and stops them on Ctrl-C. */
export const startMirror = (options: MirrorOptions, terminal: Terminal): Promise<number> =>
  untilInterrupted(terminal, async (signal) => {
    const ports = { ...PORTS, ...options.port };
    const names = (Object.keys(NATIVE) as NativeName[]).filter((name) => name !== ON_REQUEST || options.mlflow);
    terminal.say(`Starting ${options.native ? names.join(', ') : 'localstack/docker-compose.yml'} …`);
    const started = options.native ? native(resolve(options.folder), ports, names, terminal) : startCompose();
    await using _running = await started;
    const shown = options.native ? names : (Object.keys(PORTS) as (keyof Ports)[]);
    const servers = Object.fromEntries(shown.map((name) => [name, `${LOOPBACK}:${ports[name]}`]));
    const environment = environmentOf(ports, shown);
    if (options.json) terminal.out(JSON.stringify({ servers, environment }));
    else for (const line of usageLines(servers, environment)) terminal.out(line);
    if (!signal.aborted) await once(signal, 'abort');
    return 0;
  });

const native = (folder: string, ports: Ports, names: readonly NativeName[], terminal: Terminal) =>
  startNative({
    folder,
    ports,
    names,
    onReady: (name, milliseconds) => terminal.say(`  ${name} is ready after ${seconds(milliseconds)}`),
    onPrometheus: ({ useRules }) => followRules(seamsFileIn(DEFAULT_WORKSPACE), useRules, terminal),
  });

const usageLines = (
  servers: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
): string[] => [
  ...table([['server', 'address'], ...Object.entries(servers)]),
  '',
  'To run the city on these servers, enter this command in another terminal:',
  `env ${Object.entries(environment)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')} npm start`,
  '',
  'Ctrl-C stops all servers.',
];
