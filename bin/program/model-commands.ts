import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { ALIASES } from '#domain/models/model-registry-items.ts';
import { onWorld, type Shared } from './command-options.ts';

const NONE = 'none';
/** Default share of users (canary) or requests (shadow). */
const DEFAULT_SHARE = 0.1;
const ALIAS = 'name of the alias';
/** Converts "none" to null. It is not an option's parser, because Commander replaces a parsed null by ''. */
const orNull = (version: string): string | null => (version === NONE ? null : version);

/** Parses a share from 0 to 1. */
function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}

/** Adds the commands for model versions: models, rollback and lineage. */
export function addModelCommands(program: Command, shared: Shared): void {
  program.commandsGroup('Models:');
  const models = program.command('models').description('Manage model versions and their aliases');
  addInspection(models, shared);
  addAlias(models, shared);
  addRollback(program, shared);
  addLineage(program, shared);
}

const onRegistry = (command: Command) =>
  onWorld(command)
    .option('--table <name>', 'DynamoDB table of a deployed model registry (default: the registry of the local world)')
    .option('--bucket <name>', 'S3 bucket with the model files of the deployed registry; required with --table');

function addInspection(models: Command, { end, screen }: Shared): void {
  onRegistry(models.command('list'))
    .description('List all model versions with their training runs and aliases')
    .action(async (options) =>
      end(await (await import('../commands/models/list-versions.ts')).listModels(options, screen)),
    );
  onRegistry(models.command('log'))
    .description('Print all changes of an alias: time, old and new version, author and reason')
    .addArgument(new Argument('[alias]', ALIAS).choices(ALIASES).default('champion'))
    .action(async (alias, options) =>
      end(await (await import('../commands/models/print-alias-log.ts')).aliasLog(alias, options, screen)),
    );
  onRegistry(models.command('card'))
    .description('Print the card of a model version: data, quality by user group, intended use and limits')
    .argument('[version]', 'model version, or an alias', 'champion')
    .option('--out <folder>', 'folder for the card and its charts (default: print the card without charts)')
    .action(async (version, options) =>
      end(await (await import('../commands/models/print-model-card.ts')).printCard(version, options, screen)),
    );
}

function addAlias(models: Command, { end, screen }: Shared): void {
  onRegistry(models.command('alias'))
    .description('Point an alias to a model version: champion serves all users, canary some users, shadow no users')
    .addArgument(new Argument('<alias>', ALIAS).choices(ALIASES))
    .argument('<version>', `model version, or the word "${NONE}" to clear the alias`)
    .option(
      '--share <number>',
      `share of users (canary) or requests (shadow), 0 to 1 (default: ${DEFAULT_SHARE})`,
      share,
    )
    .option('--why <text>', 'reason for the change, stored in the alias log', 'by hand')
    .action(async (alias, version, options) => {
      const { pointAlias } = await import('../commands/models/point-alias.ts');
      const hasShare = alias === 'canary' || alias === 'shadow';
      const given = hasShare ? { share: DEFAULT_SHARE, ...options } : options;
      end(await pointAlias(alias, orNull(version), given, screen));
    });
}

function addRollback(program: Command, { end, screen }: Shared): void {
  onRegistry(program.command('rollback'))
    .description('Roll an alias back to its previous model version, after checking all files of that version')
    .addOption(new Option('--alias <name>', ALIAS).choices(ALIASES).default('champion'))
    .option(
      '--to <version>',
      `model version, or the word "${NONE}" to serve popular titles (default: the version that the alias pointed to before)`,
    )
    .option('--why <text>', 'reason for the rollback, stored in the alias log', 'rolled back by hand')
    .action(async ({ to, ...options }) => {
      const { rollback } = await import('../commands/models/rollback-alias.ts');
      end(await rollback(to === undefined ? options : { ...options, to: orNull(to) }, screen));
    });
}

function addLineage(program: Command, { end, screen }: Shared): void {
  onWorld(program.command('lineage'))
    .description(
      'Show the origin of a response: exposure, model version, training run, and log offsets of the training events',
    )
    .requiredOption('--request <id>', 'requestId of the response')
    .action(async (options) =>
      end(await (await import('../commands/models/print-events-behind-slate.ts')).lineage(options, screen)),
    );
}
