import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { day, type Shared, whole } from './command-options.ts';

const PROFILES = ['learner', 'production'];
const profile = () => new Option('--profile <name>', 'sizes: lib/profiles.ts').choices(PROFILES).default('learner');
const bricks = () => new Argument('[brick...]', 'stacks, such as Foundation DataCollection');
const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const TEN_MINUTES = 600_000;

/** Everything that looks at AWS, or changes something there. The login is the environment's: AWS_PROFILE, AWS_REGION. */
export function addAwsCommands(program: Command, shared: Shared): void {
  addCost(program, shared);
  addDeploy(program, shared);
  addDestroy(program, shared);
  addLogs(program, shared);
  addBackfill(program, shared);
  addParity(program, shared);
}

function addCost(program: Command, { end, screen }: Shared): void {
  program
    .command('cost')
    .description('what each brick costs on AWS in a month, from its template; asks nobody')
    .addOption(profile())
    .option('--traffic <people>', 'people who use it (default: 10,000; production: a million)', whole(1))
    .option('--lines', 'every figure, with its price and what drives it')
    .option('--json', 'print JSON')
    .action(async (options) => end(await (await import('../commands/aws/cost.ts')).cost(options, screen)));
}

function addDeploy(program: Command, { end, screen }: Shared): void {
  program
    .command('deploy')
    .description('a checklist of your AWS account, the price, a question; then `cdk deploy`')
    .addArgument(bricks())
    .option('--all', 'every brick')
    .addOption(profile())
    .option('--dry-run', 'only the checklist and the price; changes nothing')
    .option('--yes', 'do not ask; needed where nobody is at a terminal')
    .option('--app <command>', 'another CDK app (default: cdk.json’s)')
    .option('--json', 'print JSON')
    .action(async (names, options) =>
      end(await (await import('../commands/aws/deploy.ts')).deploy(names, options, screen)),
    );
}

function addDestroy(program: Command, { end, screen }: Shared): void {
  program
    .command('destroy')
    .description('take bricks off AWS, and say what remains and what that costs')
    .addArgument(bricks())
    .option('--all', 'every brick')
    .addOption(profile())
    .option('--yes', 'do not ask; needed where nobody is at a terminal')
    .option('--app <command>', 'another CDK app (default: cdk.json’s)')
    .option('--json', 'print JSON')
    .action(async (names, options) =>
      end(await (await import('../commands/aws/destroy.ts')).destroy(names, options, screen)),
    );
}

function addLogs(program: Command, { end, screen }: Shared): void {
  program
    .command('logs')
    .description('what a deployed function wrote, without the lines of Lambda itself')
    .argument('<function>', 'a name of functions/triggers.ts, such as collect; or trainer')
    .addOption(
      new Option('--since <time>', 'how far back: 90s, 10m, 2h, 1d').default(TEN_MINUTES, '10m').argParser(span),
    )
    .option('--follow', 'go on until Ctrl-C')
    .option('--correlation <id>', 'only lines with this correlation id or requestId')
    .option('--json', 'a JSON object per line, and every line')
    .action(async (name, options) => end(await (await import('../commands/aws/logs.ts')).logs(name, options, screen)));
}

function addBackfill(program: Command, { end, screen }: Shared): void {
  program
    .command('backfill')
    .description('run the deployed pipeline for each day of a range, one after the other')
    .requiredOption('--from <day>', 'first day, YYYY-MM-DD, UTC; each day is trained on what was known at its end', day)
    .requiredOption('--to <day>', 'last day, inclusive; it must be over', day)
    .option('--seed <number>', 'of every draw', whole(0), 1)
    .option('--leave-one-out', 'also evaluate leave-one-out: one more training')
    .option('--name <name>', 'of it in Step Functions, and the end of each run’s id (default: by-hand and the time)')
    .option('--wait', 'until it ends; ends with 1 when a day failed')
    .option('--json', 'print JSON')
    .action(async (options) => end(await (await import('../commands/aws/backfill.ts')).awsBackfill(options, screen)));
}

function addParity(program: Command, { end, screen }: Shared): void {
  program
    .command('parity')
    .description('replay one scenario on the embedded runtime and on an emulated AWS: counts, lake, features, slates')
    .option('--seed <number>', 'of the scenario', whole(0), 1)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nIt starts Kafka, Redis and MiniStack itself, and ends with 1 when anything differs.')
    .action(async (options) => end(await (await import('../commands/aws/parity.ts')).parity(options, screen)));
}

/** A length of time, milliseconds. */
function span(text: string): number {
  const [, value, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (value && unit) return Number(value) * (UNITS[unit] ?? 0);
  throw new InvalidArgumentError('It must be a time such as 90s, 10m, 2h or 1d.');
}
