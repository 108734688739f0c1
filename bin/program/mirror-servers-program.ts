import { Command, InvalidArgumentError } from 'commander';
import { PORTS, type Ports } from '../../localstack/mirror/ports-tables-and-variables.ts';
import type { Shared } from './command-options.ts';

const MAX_PORT = 65_535;

/** Returns the program `npm run mirror`. */
export const mirrorProgram = ({ end, screen }: Shared): Command =>
  new Command('npm run mirror --')
    .description('Run the mirror on 127.0.0.1 until Ctrl-C: Kafka, Redis, an emulated AWS, Prometheus and Grafana')
    .option(
      '--native',
      'processes instead of Docker containers: Kafka, Redis, MiniStack and Prometheus, but not Grafana',
    )
    .option('--mlflow', 'MLflow in addition, with --native only; the first installation takes minutes')
    .option('--folder <path>', 'folder for the data of the servers, with --native only', '.agentbricks/mirror')
    .option('--port <name=number>', 'other port of a server, such as kafka=19092, with --native only; repeatable', port)
    .option('--json', 'output of the servers and environment variables as JSON, when all servers are ready')
    .helpOption('-h, --help', 'help for the command')
    .showHelpAfterError('Add --help to see all options.')
    .action(async (options) =>
      end(
        await (await import('../commands/mirror/start-kafka-redis-and-emulated-aws.ts')).startMirror(options, screen),
      ),
    );

/** Parses `name=number`, and adds it to the ports that were given before. */
function port(text: string, others: Partial<Ports> | undefined): Partial<Ports> {
  const [name = '', number = ''] = text.split('=');
  const value = Number(number);
  if (!(name in PORTS)) throw new InvalidArgumentError(`It must be one of ${Object.keys(PORTS).join(', ')}.`);
  if (!Number.isInteger(value) || value < 1 || value > MAX_PORT)
    throw new InvalidArgumentError(`It must be a port from 1 to ${MAX_PORT}.`);
  return { ...others, [name]: value };
}
