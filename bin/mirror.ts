import { once } from 'node:events';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { startCompose } from '../localstack/mirror/docker-compose.ts';
import { NATIVE, type NativeName, startNative } from '../localstack/mirror/native-servers.ts';
import { environmentOf, LOOPBACK, PORTS, type Ports } from '../localstack/mirror/mirror-environment.ts';
import { untilInterrupted } from './console/interrupt.ts';
import { seconds, table, terminal } from './console/terminal.ts';

const MAX_PORT = 65_535;
/** Only when it is asked for: to install it takes minutes. */
const ON_DEMAND: NativeName = 'mlflow';

interface Options {
  readonly native?: true;
  readonly mlflow?: true;
  readonly folder: string;
  readonly port: Partial<Ports>;
  readonly json?: true;
}

const screen = terminal();
const program = new Command('npm run mirror --')
  .description(
    'Real servers behind our ports, on 127.0.0.1, until Ctrl-C: localstack/docker-compose.yml, or natively the same',
  )
  .option('--native', 'without Docker: Kafka, Redis, MiniStack and Prometheus as processes; no Grafana')
  .option('--mlflow', 'natively: MLflow too, which takes minutes to install the first time')
  .option('--folder <path>', 'natively: where their data stay', '.agentbricks/mirror')
  .option('--port <name=number>', 'natively: another port, for instance kafka=19092; may be repeated', port, {})
  .option('--json', 'print addresses and environment as JSON, once all is ready')
  .showHelpAfterError('Add --help for what is possible.')
  .action(async (options: Options) => {
    process.exitCode = await mirror(options);
  });

/** Starts everything, says how to use it, and stops it when it is interrupted. */
const mirror = (options: Options): Promise<number> =>
  untilInterrupted(screen, async (signal) => {
    const ports = { ...PORTS, ...options.port };
    const names = (Object.keys(NATIVE) as NativeName[]).filter((name) => name !== ON_DEMAND || options.mlflow);
    screen.say(options.native ? `Starting ${names.join(', ')} …` : 'Starting localstack/docker-compose.yml …');
    await using _running = options.native ? await native(resolve(options.folder), ports, names) : await startCompose();
    const shown = options.native ? names : (Object.keys(PORTS) as (keyof Ports)[]);
    const servers = Object.fromEntries(shown.map((name) => [name, `${LOOPBACK}:${ports[name]}`]));
    const environment = environmentOf(ports, shown);
    if (options.json) screen.out(JSON.stringify({ servers, environment }));
    else for (const line of howToUse(servers, environment)) screen.out(line);
    if (!signal.aborted) await once(signal, 'abort');
    return 0;
  });

const native = (folder: string, ports: Ports, names: readonly NativeName[]) =>
  startNative({
    folder,
    ports,
    names,
    onReady: (name, milliseconds) => screen.say(`  ${name} is ready after ${seconds(milliseconds)}`),
  });

const howToUse = (
  servers: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>>,
): string[] => [
  ...table([['server', 'address'], ...Object.entries(servers)]),
  '',
  'To let the city live on it, in another terminal:',
  `env ${Object.entries(environment)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')} npm start`,
  '',
  'Ctrl-C stops all of it.',
];

function port(text: string, others: Partial<Ports>): Partial<Ports> {
  const [name = '', number = ''] = text.split('=');
  const value = Number(number);
  if (!(name in PORTS)) throw new InvalidArgumentError(`It must be one of ${Object.keys(PORTS).join(', ')}.`);
  if (!Number.isInteger(value) || value < 1 || value > MAX_PORT) throw new InvalidArgumentError('It must be a port.');
  return { ...others, [name]: value };
}

try {
  await program.parseAsync();
} catch (error) {
  const explained = error instanceof Error && 'explanation' in error;
  screen.say(explained ? `✗ ${error.message}` : String((error as Error).stack ?? error));
  process.exitCode = 1;
}
