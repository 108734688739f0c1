import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import { ALIASES } from '#domain/models/model-versions.ts';
import { home, type Shared } from './command-options.ts';

const NONE = 'none';
const CANARY_SHARE = 0.1;
const orNull = (version: string): string | null => (version === NONE ? null : version);
const anAlias = () => new Argument('<alias>', 'what versions are called').choices(ALIASES);

/** A share, 0 to 1. */
function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be a number from 0 to 1.');
}

/** `agentbricks models …`, `rollback`, `lineage`: all that looks at the registry of models or changes it. */
export function addModelCommands(program: Command, shared: Shared): void {
  addModels(program, shared);
  addRollback(program, shared);
  addLineage(program, shared);
}

const onRegistry = (command: Command) =>
  command
    .addOption(home())
    .option('--world <name>', 'which world (default: the current one)')
    .option('--table <name>', 'DynamoDB table of a deployed registry (default: a world on this machine)')
    .option('--bucket <name>', 'its bucket of models, with --table')
    .option('--json', 'print JSON');

function addModels(program: Command, { end, screen }: Shared): void {
  const models = program.command('models').description('model versions and what they are called');
  onRegistry(models.command('list'))
    .description('every version: its run, and the aliases that name it')
    .action(async (options) => end(await (await import('../commands/models/models.ts')).listModels(options, screen)));
  onRegistry(models.command('log').addArgument(anAlias().default('champion').argOptional()))
    .description('who moved an alias from where to where, when and why')
    .action(async (alias, options) =>
      end(await (await import('../commands/models/models.ts')).modelLog(alias, options, screen)),
    );
  onRegistry(models.command('card').argument('[version]', 'or an alias', 'champion'))
    .description('the model card: data, quality with intervals for whom, intended use, limits')
    .option('--out <folder>', 'write it there, with its pictures (default: print it)')
    .action(async (version, options) =>
      end(await (await import('../commands/models/models.ts')).printCard(version, options, screen)),
    );
  onRegistry(models.command('alias').addArgument(anAlias()))
    .description('point an alias at a version: the champion serves, the canary a share of the users, the shadow nobody')
    .argument('<version>', `or ${NONE}`)
    .option('--share <number>', `of the users (canary) or of the requests (shadow) (default: ${CANARY_SHARE})`, share)
    .option('--why <text>', 'for the alias log', 'by hand')
    .action(async (alias, version, options) => {
      const { pointAlias } = await import('../commands/models/models.ts');
      const asked = alias === 'canary' || alias === 'shadow' ? { share: CANARY_SHARE, ...options } : options;
      end(await pointAlias(alias, orNull(version), asked, screen));
    });
}

function addRollback(program: Command, { end, screen }: Shared): void {
  onRegistry(program.command('rollback'))
    .description(
      'serve what was served before: the champion goes back one version, and every file of it is checked first',
    )
    .addOption(new Option('--alias <name>', 'which alias').choices(ALIASES).default('champion'))
    .option(
      '--to <version>',
      `where to, or ${NONE}: what is popular (default: what the log says was there before)`,
      orNull,
    )
    .option('--why <text>', 'for the alias log', 'rolled back by hand')
    .action(async (options) => end(await (await import('../commands/models/rollback.ts')).rollback(options, screen)));
}

function addLineage(program: Command, { end, screen }: Shared): void {
  program
    .command('lineage')
    .description('from what was shown back to the events: exposure, model version, training run, places in the log')
    .requiredOption('--request <id>', 'requestId of an answer')
    .addOption(home())
    .option('--world <name>', 'which world (default: the current one)')
    .option('--json', 'print JSON')
    .action(async (options) =>
      end(await (await import('../commands/models/trace-request.ts')).lineage(options, screen)),
    );
}
