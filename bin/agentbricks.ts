#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Argument, Command, Option } from 'commander';
import { MODELS } from '#domain/models/recommender-names.ts';
import { terminal } from './console/terminal.ts';
import { addAwsCommands } from './program/aws-commands.ts';
import { home, MAX_K, MAX_SEED, port, sized, whole } from './program/command-options.ts';
import { addLakeCommands } from './program/lake-commands.ts';
import { addModelCommands } from './program/model-commands.ts';
import { addUniverseCommands } from './program/universe-commands.ts';

const FAILED = 1;
const DEFAULT_SPEED = 1_200;

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  version: string;
};
const screen = terminal();
const program = new Command('agentbricks')
  .description('Learn to design machine-learning systems by building one that a city of simulated people uses')
  .version(version)
  .showHelpAfterError('Add --help for what is possible.');

const shared = { end, screen };

sized(program.command('up', { isDefault: true }))
  .description('simulate a week, train, compare the policies on the next week, and keep living')
  .addOption(home())
  .addOption(port())
  .option('--speed <number>', 'simulated seconds per second while it lives on', whole(1), DEFAULT_SPEED)
  .option('--once', 'stop after the comparison')
  .option('--json', 'print the comparison as JSON')
  .action(async (options) => end(await (await import('./commands/city/up.ts')).up(options, screen)));

sized(program.command('simulate'))
  .description('only let the agents live for some days, and print the event-log hash')
  .addOption(home())
  .option('--json', 'print JSON')
  .action(async (options) => end(await (await import('./commands/city/simulate.ts')).simulate(options, screen)));

addUniverseCommands(program, shared);

program
  .command('pipeline')
  .description('archive → features → train → evaluate → gate → promote, on the current world')
  .addOption(home())
  .option('--world <name>', 'which world (default: the current one)')
  .option('--seed <number>', 'of every draw', whole(0), 1)
  .option('--leave-one-out', 'also evaluate leave-one-out: one more training')
  .option('--json', 'print the run as JSON')
  .action(async (options) => end(await (await import('./commands/city/run-pipeline.ts')).pipeline(options, screen)));

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
  .action(async (options) =>
    end(await (await import('./commands/trainer/evaluate.ts')).evaluateFiles(options, screen)),
  );

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
  .action(async (options) => end(await (await import('./commands/trainer/search.ts')).searchSettings(options, screen)));

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
    end(await (await import('./commands/lake/import.ts')).importCommand(path, options, screen)),
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
  .action(async (options) => end(await (await import('./commands/city/recommend.ts')).recommend(options, screen)));

program
  .command('features')
  .description('the feature views')
  .command('describe')
  .description('what each view means, who answers for it, how fresh it is, and how its values are distributed')
  .addOption(home())
  .option('--world <name>', 'which world (default: the current one)')
  .option('--json', 'print JSON')
  .action(async (options) =>
    end(await (await import('./commands/lake/features.ts')).describeFeatures(options, screen)),
  );

addLakeCommands(program, shared);
addModelCommands(program, shared);
addAwsCommands(program, shared);

program
  .command('status')
  .description('what there is: worlds, their phase, champion and last runs; or with --aws what is deployed')
  .addOption(home())
  .option('--aws', 'stacks, alarms, champion and lag in your AWS account; ends with 1 when an alarm rings')
  .option('--json', 'print JSON')
  .action(async ({ aws, ...options }) =>
    end(
      aws
        ? await (await import('./commands/aws/status.ts')).awsStatus(options, screen)
        : await (await import('./commands/city/status.ts')).status(options, screen),
    ),
  );

program
  .command('doctor')
  .description('check whether this machine can run everything')
  .addOption(home())
  .addOption(port())
  .option('--json', 'print JSON')
  .action(async (options) => end(await (await import('./commands/city/doctor.ts')).doctor(options, screen)));

program
  .command('reset')
  .description('delete a world, and with --all the trainer’s environment too')
  .addOption(home())
  .option('--world <name>', 'which world (default: all of them)')
  .option('--all', 'also the trainer’s environment')
  .action(async (options) => end(await (await import('./commands/city/reset.ts')).reset(options, screen)));

program
  .command('start')
  .description('copy the exercise of a step, such as 01.1, into your workspace')
  .argument('<step>', 'brick and number, such as 01.1')
  .action(async (step, options) =>
    end(await (await import('./commands/story/start.ts')).start(step, options, screen)),
  );

program
  .command('check')
  .description('say what holds of your code for a step, and what does not yet')
  .argument('<step>', 'brick and number, such as 01.1')
  .option('--hint', 'print the next hint')
  .option('--seed <number>', 'of the randomised cases (default: another one each time)', whole(0, MAX_SEED))
  .option('--json', 'print the verdict as JSON')
  .action(async (step, options) => end(await (await import('./commands/story/check.ts')).check(step, options, screen)));

program
  .command('use')
  .description('put your code for a step in the reference’s place, in the running city and in what is deployed')
  .argument('<step>', 'brick and number, such as 01.1')
  .option('--reference', 'put the reference back')
  .option('--anyway', 'even if its check fails')
  .action(async (step, options) => end(await (await import('./commands/story/use.ts')).use(step, options, screen)));

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
