import { type Command, Option } from 'commander';
import { MODELS } from '#domain/models/recommender-algorithm-names.ts';
import { home, json, MAX_K, MAX_SEED, type Shared, seed, wholeNumber } from './command-options.ts';

const TRAIN_FORMAT =
  'file of training plays; a line contains user, item, rating and time (separated by tabs), or a user and all items of this user (separated by spaces)';

/** Adds the commands that train models on files of plays. */
export function addTrainerCommands(program: Command, shared: Shared): void {
  program.commandsGroup('Training on files:');
  addEvaluate(program, shared);
  addSearch(program, shared);
}

function addEvaluate(program: Command, { end, screen }: Shared): void {
  program
    .command('evaluate')
    .description('Train models on a file of plays, and evaluate their rankings on a file of test plays')
    .requiredOption('--train <file>', TRAIN_FORMAT)
    .requiredOption('--test <file>', 'file of test plays, in the format of --train')
    .option(
      '--negatives <file>',
      'file with the items against which each test play is ranked; a line contains the test play as (user,item) and then these items, separated by tabs (default: all items)',
    )
    .addOption(
      new Option('--models <name...>', 'models to train; the first is compared with each of the others')
        .choices(MODELS)
        .default(['two-tower'], '"two-tower"'),
    )
    .option('--k <number>', 'cutoff k for hit rate, NDCG and recall', wholeNumber(1, MAX_K), 10)
    .addOption(seed(MAX_SEED).default(0))
    .option(
      '--checkpoints <folder>',
      'folder for checkpoints; an interrupted training run resumes from them (default: no checkpoints)',
    )
    .option(
      '--settings <file>',
      'file of hyperparameters for the two-tower model, such as best.json of a search (default: built-in hyperparameters)',
    )
    .addOption(home())
    .addOption(json())
    .action(async (options) =>
      end(await (await import('../commands/trainer/train-and-compare-on-files.ts')).evaluateFiles(options, screen)),
    );
}

function addSearch(program: Command, { end, screen }: Shared): void {
  program
    .command('search')
    .description("Search for good hyperparameters of the two-tower model, and validate them on each user's last play")
    .requiredOption('--train <file>', TRAIN_FORMAT)
    .requiredOption('--folder <folder>', 'folder for trials and charts; an interrupted search resumes from it')
    .option(
      '--trials <number>',
      'total number of trials, including those of an interrupted search',
      wholeNumber(1, MAX_K),
      20,
    )
    .addOption(seed(MAX_SEED).default(0))
    .addOption(home())
    .addOption(json())
    .action(async (options) =>
      end(await (await import('../commands/trainer/search-hyperparameters.ts')).searchSettings(options, screen)),
    );
}
