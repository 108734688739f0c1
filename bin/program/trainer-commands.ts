import { type Command, Option } from 'commander';
import { MODELS } from '#domain/models/recommender-names.ts';
import { home, json, MAX_K, MAX_SEED, type Shared, seed, wholeNumber } from './command-options.ts';

const TRAIN_FORMAT =
  'file of training plays: user, item, rating and time separated by tabs, or user and items separated by spaces';

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
    .requiredOption('--test <file>', 'file of test plays, in the same format')
    .option(
      '--negatives <file>',
      'file of negatives: per test play, (user,item) and items, by tabs (default: all items)',
    )
    .addOption(
      new Option('--models <name...>', 'models; the first is compared with each other model')
        .choices(MODELS)
        .default(['two-tower']),
    )
    .option('--k <number>', 'cutoff k for hit rate, NDCG and recall', wholeNumber(1, MAX_K), 10)
    .addOption(seed(MAX_SEED).default(0))
    .option('--checkpoints <folder>', 'folder from which an interrupted training resumes (default: no checkpoints)')
    .option('--settings <file>', 'hyperparameters of the two-tower model: best.json of a search (default: its own)')
    .addOption(home())
    .addOption(json())
    .action(async (options) =>
      end(await (await import('../commands/trainer/evaluate-files.ts')).evaluateFiles(options, screen)),
    );
}

function addSearch(program: Command, { end, screen }: Shared): void {
  program
    .command('search')
    .description("Search hyperparameters of the two-tower model with Optuna, validated on each user's last play")
    .requiredOption('--train <file>', TRAIN_FORMAT)
    .requiredOption('--folder <folder>', 'folder for trials and charts, from which an interrupted search resumes')
    .option('--trials <number>', 'total number of trials', wholeNumber(1, MAX_K), 20)
    .addOption(seed(MAX_SEED).default(0))
    .addOption(home())
    .addOption(json())
    .action(async (options) =>
      end(await (await import('../commands/trainer/search-hyperparameters.ts')).searchSettings(options, screen)),
    );
}
