#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { MODELS } from '#domain/recommenders.ts';
import { BEHAVIOURS } from '#domain/scenario.ts';
import { addAwsCommands } from './aws-commands.ts';
import { DEFAULT_HOME } from './home.ts';
import { addModelCommands } from './model-commands.ts';
import { terminal } from './terminal.ts';

const FAILED = 1;
const DEFAULT_PORT = 8080;
const DEFAULT_SPEED = 1_200;
const MAX_PORT = 65_535;
const MAX_SEED = 2 ** 32 - 1;
const MAX_K = 1_000;

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  version: string;
};
const screen = terminal();
const program = new Command('agentbricks')
  .description('Learn to design machine-learning systems by building one that a city of simulated people uses')
  .version(version)
  .showHelpAfterError('Add --help for what is possible.');

const home = () => new Option('--home <folder>', 'where everything is kept').default(DEFAULT_HOME);
const port = () =>
  new Option('--port <number>', 'port on 127.0.0.1').default(DEFAULT_PORT).argParser(whole(0, MAX_PORT));
const sized = (command: Command) =>
  command
    .option('--agents <number>', 'simulated people (default: as kept, or 10,000)', whole(1))
    .option('--titles <number>', 'films (default: as kept, or 1,000)', whole(1))
    .option('--days <number>', 'days of the first stretch, and of the twins (default: as kept, or 7)', whole(1))
    .option('--seed <number>', 'of every draw (default: as kept, or 1)', whole(0))
    .option('--scenario <file>', 'what goes wrong: late, doubled and broken events, bots, a fad, an outage, …')
    .addOption(
      new Option('--off <behaviour...>', 'what people do not do here (default: they do all)').choices(BEHAVIOURS),
    );

sized(program.command('up', { isDefault: true }))
  .description('simulate a week, train, compare the policies on the next week, and keep living')
  .addOption(home())
  .addOption(port())
  .option('--speed <number>', 'simulated seconds per second while it lives on', whole(1), DEFAULT_SPEED)
  .option('--once', 'stop after the comparison')
  .option('--json', 'print the comparison as JSON')
  .action(async (options) => end(await (await import('./commands/up.ts')).up(options, screen)));

sized(program.command('simulate'))
  .description('only let the agents live for some days, and print the event-log hash')
  .addOption(home())
  .option('--json', 'print JSON')
  .action(async (options) => end(await (await import('./commands/simulate.ts')).simulate(options, screen)));

const universe = program.command('universe').description('the simulated world by itself');
sized(universe.command('generate'))
  .description('events without a service, as fast as the machine can: counted, hashed, and as Parquet where wanted')
  .addOption(
    new Option('--shelf <name>', 'who fills the slates')
      .choices(['talked', 'popular', 'random', 'oracle'])
      .default('talked'),
  )
  .option('--workers <number>', 'threads (default: as many as there are processors)', whole(1))
  .option('--out <folder>', 'write Parquet there, and go on with what is there (default: only count and hash)')
  .option('--part <index/of>', 'only this part of the agents, for instance 3/8: parts are made anywhere, in any order')
  .option('--json', 'print JSON')
  .action(async (options) =>
    end(await (await import('./commands/universe-generate.ts')).universeGenerate(options, screen)),
  );

universe
  .command('report')
  .description('compare the simulated world with a real data set, in a table with target bands')
  .addOption(home())
  .option('--against <path>', 'MovieLens, in any form that import takes (default: only the bands)')
  .option('--agents <number>', 'simulated people', whole(1), 1_500)
  .option('--titles <number>', 'films', whole(1), 1_700)
  .option('--days <number>', 'simulated days', whole(1), 120)
  .option('--seeds <list>', 'one world per seed, for instance 1,2,3,4,5', numbers, [1])
  .option('--pictures <folder>', 'write a picture (SVG) per distribution there')
  .option('--json', 'print JSON')
  .action(async (options) =>
    end(await (await import('./commands/universe-report.ts')).universeReport(options, screen)),
  );

program
  .command('pipeline')
  .description('archive → features → train → evaluate → gate → promote, on the current world')
  .addOption(home())
  .option('--world <name>', 'which world (default: the current one)')
  .option('--seed <number>', 'of every draw', whole(0), 1)
  .option('--leave-one-out', 'also evaluate leave-one-out: one more training')
  .option('--json', 'print the run as JSON')
  .action(async (options) => end(await (await import('./commands/pipeline.ts')).pipeline(options, screen)));

program
  .command('evaluate')
  .description('train models on a file of plays and rank what was held out; nothing of a world is read')
  .requiredOption('--train <file>', 'user, item, rating and time by tabs; or user item item … by spaces')
  .requiredOption('--test <file>', 'what was held out, in the same form')
  .option('--negatives <file>', '(user,item), then items, by tabs, a line per line of --test (default: all items)')
  .addOption(
    new Option('--models <name...>', 'the first is compared with the others').choices(MODELS).default(['two-tower']),
  )
  .option('--k <number>', 'places that count', whole(1, MAX_K), 10)
  .option('--seed <number>', 'of every draw', whole(0, MAX_SEED), 0)
  .option('--checkpoints <folder>', 'where a training that was stopped goes on from (default: none are kept)')
  .option('--settings <file>', "best.json of a search: the two-tower's settings (default: its own)")
  .addOption(home())
  .option('--json', 'print JSON')
  .action(async (options) => end(await (await import('./commands/evaluate.ts')).evaluateFiles(options, screen)));

program
  .command('search')
  .description("look for better settings of the two-tower with Optuna, judged by each user's last play of the file")
  .requiredOption('--train <file>', 'user, item, rating and time by tabs; or user item item … by spaces')
  .requiredOption(
    '--folder <folder>',
    'where trials and pictures are kept; a search that was stopped goes on from there',
  )
  .option('--trials <number>', 'how many in all', whole(1, MAX_K), 20)
  .option('--seed <number>', 'of every draw', whole(0, MAX_SEED), 0)
  .addOption(home())
  .option('--json', 'print JSON')
  .action(async (options) => end(await (await import('./commands/search.ts')).searchSettings(options, screen)));

program
  .command('off-policy')
  .description(
    'judge policies by the log of another one (IPS, SNIPS, doubly robust), beside what is true in the universe',
  )
  .option('--seeds <list>', 'one world per seed', numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  .option('--agents <number>', 'simulated people', whole(1), 3_000)
  .option('--titles <number>', 'films', whole(2, MAX_K), 20)
  .option('--days <number>', 'simulated days', whole(1), 3)
  .option('--share <number>', 'of the requests that chance decides, above 0 and at most 1', share, 0.5)
  .option('--json', 'print JSON')
  .action(async (options) => end(await (await import('./commands/off-policy.ts')).offPolicy(options, screen)));

program
  .command('import')
  .description('take a real data set in, at its own times, through the ingestion API')
  .addArgument(new Argument('<kind>', 'what it is').choices(['movielens']))
  .argument('<path>', 'folder, or file of ratings: u.data, ratings.dat, ratings.csv or *.inter')
  .addOption(home())
  .option('--world <name>', 'which world it goes into', 'movielens')
  .addOption(
    new Option('--on-error <what>', 'at a line that cannot be read: stop, or skip it and write it down')
      .choices(['stop', 'skip'])
      .default('stop'),
  )
  .option('--json', 'print a summary as JSON')
  .action(async (_kind, path, options) =>
    end(await (await import('./commands/import.ts')).importCommand(path, options, screen)),
  );

program
  .command('recommend')
  .description('what the service would show a user now')
  .requiredOption('--user <id>', 'whom')
  .option('--k <number>', 'how many titles', whole(1), 10)
  .option(
    '--explain',
    'each candidate: which source found it, its scores, and why it was moved or dropped; logs no exposure',
  )
  .addOption(home())
  .option('--world <name>', 'which world (default: the current one)')
  .option('--json', 'print JSON')
  .action(async (options) => end(await (await import('./commands/recommend.ts')).recommend(options, screen)));

program
  .command('features')
  .description('the feature views')
  .command('describe')
  .description('what each view means, who answers for it, how fresh it is, and how its values are distributed')
  .addOption(home())
  .option('--world <name>', 'which world (default: the current one)')
  .option('--json', 'print JSON')
  .action(async (options) => end(await (await import('./commands/features.ts')).describeFeatures(options, screen)));

const lake = program.command('lake').description('the data lake of a world: small files, damage, days again, deletion');
const onLake = (command: Command) =>
  command
    .addOption(home())
    .option('--world <name>', 'which world (default: the current one)')
    .option('--json', 'print JSON');

onLake(lake.command('compact'))
  .description('merge the small files of hours and days that are over')
  .action(async (options) => end(await (await import('./commands/lake.ts')).lakeCompact(options, screen)));

onLake(lake.command('verify'))
  .description('read every file, and compare with the manifest and the log; ends with 1 when something is wrong')
  .action(async (options) => end(await (await import('./commands/lake.ts')).lakeVerify(options, screen)));

onLake(lake.command('replay'))
  .description('write days again from the log')
  .requiredOption('--from <day>', 'first day of ingest, YYYY-MM-DD, UTC', day)
  .requiredOption('--to <day>', 'last day, inclusive', day)
  .action(async (options) => end(await (await import('./commands/lake.ts')).lakeReplay(options, screen)));

onLake(lake.command('backfill'))
  .description('take late events in from a file, one JSON object per line, through the API')
  .argument('<file>', 'may be sent again: what was taken in has no effect')
  .action(async (path, options) => end(await (await import('./commands/lake.ts')).lakeBackfill(path, options, screen)));

onLake(lake.command('forget'))
  .description('delete all data of one user, and prove that it is gone')
  .requiredOption('--user <id>', 'whom')
  .action(async (options) => end(await (await import('./commands/lake.ts')).lakeForget(options, screen)));

addModelCommands(program, { home, end, screen });
addAwsCommands(program, { end, screen, whole });

program
  .command('status')
  .description('what there is: worlds, their phase, champion and last runs; or with --aws what is deployed')
  .addOption(home())
  .option('--aws', 'stacks, alarms, champion and lag in your AWS account; ends with 1 when an alarm rings')
  .option('--json', 'print JSON')
  .action(async ({ aws, ...options }) =>
    end(
      aws
        ? await (await import('./commands/aws-status.ts')).awsStatus(options, screen)
        : await (await import('./commands/status.ts')).status(options, screen),
    ),
  );

program
  .command('doctor')
  .description('check whether this machine can run everything')
  .addOption(home())
  .addOption(port())
  .option('--json', 'print JSON')
  .action(async (options) => end(await (await import('./commands/doctor.ts')).doctor(options, screen)));

program
  .command('reset')
  .description('delete a world, and with --all the trainer’s environment too')
  .addOption(home())
  .option('--world <name>', 'which world (default: all of them)')
  .option('--all', 'also the trainer’s environment')
  .action(async (options) => end(await (await import('./commands/reset.ts')).reset(options, screen)));

program
  .command('start')
  .description('copy the exercise of a step, such as 01.1, into your workspace')
  .argument('<step>', 'brick and number, such as 01.1')
  .action(async (step, options) => end(await (await import('./commands/start.ts')).start(step, options, screen)));

program
  .command('check')
  .description('say what holds of your code for a step, and what does not yet')
  .argument('<step>', 'brick and number, such as 01.1')
  .option('--hint', 'print the next hint')
  .option('--seed <number>', 'of the randomised cases (default: another one each time)', whole(0, MAX_SEED))
  .option('--json', 'print the verdict as JSON')
  .action(async (step, options) => end(await (await import('./commands/check.ts')).check(step, options, screen)));

program
  .command('use')
  .description('put your code for a step in the reference’s place, in the running city and in what is deployed')
  .argument('<step>', 'brick and number, such as 01.1')
  .option('--reference', 'put the reference back')
  .option('--anyway', 'even if its check fails')
  .action(async (step, options) => end(await (await import('./commands/use.ts')).use(step, options, screen)));

function whole(from: number, to = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`);
  };
}

/** Above 0 and at most 1. */
function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be above 0 and at most 1.');
}

/** Whole numbers with commas between. */
function numbers(text: string): number[] {
  return text.split(',').map(whole(0, MAX_SEED));
}

/** A UTC day. */
function day(text: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('It must be a day such as 2026-01-31.');
}

function end(status: number): void {
  process.exitCode = status;
}

try {
  await program.parseAsync();
} catch (error) {
  const explained = error instanceof Error && 'explanation' in error;
  screen.say(explained ? `✗ ${error.message}` : String((error as Error).stack ?? error));
  process.exitCode = FAILED;
}
