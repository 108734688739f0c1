import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { day, json, type Shared, seed, wholeNumber, yes } from './command-options.ts';

const PROFILES = ['learner', 'production'];
const MILLISECONDS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const TEN_MINUTES = 600_000;

const profile = () =>
  new Option('--profile <name>', 'size of the deployment, as defined in lib/deployment-profiles.ts')
    .choices(PROFILES)
    .default('learner');

/** Adds the commands for AWS. The environment sets the login: AWS_PROFILE, AWS_REGION. */
export function addAwsCommands(program: Command, shared: Shared): void {
  program.commandsGroup('AWS:');
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
    .description('Estimate the monthly cost of each brick on AWS from its template, offline')
    .addOption(profile())
    .option(
      '--traffic <people>',
      'number of users of the deployed service (default: 10,000 for learner, 1,000,000 for production)',
      wholeNumber(1),
    )
    .option('--lines', 'print every cost item of each brick, with its price and the quantity that determines it')
    .addOption(json())
    .action(async (options) => end(await (await import('../commands/aws/estimate-cost.ts')).cost(options, screen)));
}

/** Adds the options that deploy and destroy have in common. */
const onStacks = (command: Command) =>
  command
    .addArgument(new Argument('[brick...]', 'names of bricks, separated by spaces, such as: Foundation DataCollection'))
    .option('--all', 'all bricks')
    .addOption(profile())
    .addOption(yes())
    .option('--app <command>', 'command that starts another CDK app (default: the command in cdk.json)')
    .addOption(json());

function addDeploy(program: Command, { end, screen }: Shared): void {
  onStacks(program.command('deploy'))
    .description('Check your AWS account, show the price, ask for confirmation, and deploy bricks with cdk')
    .option('--dry-run', 'show the checklist and the price, without deploying')
    .action(async (names, options) =>
      end(await (await import('../commands/aws/deploy-stacks.ts')).deploy(names, options, screen)),
    );
}

function addDestroy(program: Command, { end, screen }: Shared): void {
  onStacks(program.command('destroy'))
    .description('Destroy bricks on AWS, and show which resources remain and what they cost')
    .action(async (names, options) =>
      end(await (await import('../commands/aws/destroy-stacks.ts')).destroy(names, options, screen)),
    );
}

function addLogs(program: Command, { end, screen }: Shared): void {
  program
    .command('logs')
    .description('Print the log of a deployed function, without the lines that Lambda adds')
    .argument('<function>', 'name of a function, such as collect, or trainer (the container that trains models)')
    .addOption(
      new Option('--since <time>', 'age of the oldest line, such as 90s, 10m, 2h or 1d')
        .default(TEN_MINUTES, '10m')
        .argParser(duration),
    )
    .option('--follow', 'keep printing new lines until Ctrl-C')
    .option('--correlation <id>', 'correlation id or requestId of the lines to print (default: all lines)')
    .option('--json', 'print each line as a JSON object, including the lines that Lambda adds')
    .action(async (name, options) =>
      end(await (await import('../commands/aws/print-function-logs.ts')).logs(name, options, screen)),
    );
}

function addBackfill(program: Command, { end, screen }: Shared): void {
  program
    .command('backfill')
    .description('Run the deployed pipeline for each day of a range, one day after the other')
    .requiredOption('--from <day>', 'first day, YYYY-MM-DD, UTC', day)
    .requiredOption('--to <day>', 'last day, inclusive, YYYY-MM-DD, UTC; this day must have ended', day)
    .addOption(seed())
    .option(
      '--leave-one-out',
      "additional evaluation on each user's last play (leave-one-out), which trains a second model",
    )
    .option(
      '--name <name>',
      'name of the Step Functions execution; the id of each run consists of its day and this name (default: "by-hand-" and the current time)',
    )
    .option('--wait', 'wait until the runs of all days have ended; exit status 1 if one failed')
    .addOption(json())
    .addHelpText('after', '\nThe run of each day uses only the data that had arrived by the end of this day.')
    .action(async (options) =>
      end(await (await import('../commands/aws/start-pipeline-backfill.ts')).awsBackfill(options, screen)),
    );
}

function addParity(program: Command, { end, screen }: Shared): void {
  program
    .command('parity')
    .description(
      'Compare the responses, lake, features and slates of the embedded runtime with those of an emulated AWS',
    )
    .addOption(seed())
    .addOption(json())
    .addHelpText(
      'after',
      '\nThe command starts Kafka, Redis and MiniStack, and sends the same requests to both systems. The exit status is 1 if a value differs.',
    )
    .action(async (options) =>
      end(await (await import('../commands/aws/compare-embedded-with-emulated.ts')).parity(options, screen)),
    );
}

/** Parses a duration such as 10m. @returns milliseconds */
function duration(text: string): number {
  const [, value, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (value && unit) return Number(value) * (MILLISECONDS[unit] ?? 0);
  throw new InvalidArgumentError('It must be a time such as 90s, 10m, 2h or 1d.');
}
