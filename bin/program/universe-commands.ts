import { type Command, InvalidArgumentError, Option } from 'commander';
import { home, MAX_K, numbers, type Shared, sized, whole } from './command-options.ts';

/** `agentbricks universe …` and `off-policy`: simulated worlds without a service. */
export function addUniverseCommands(program: Command, shared: Shared): void {
  const universe = program.command('universe').description('the simulated world by itself');
  addGenerate(universe, shared);
  addReport(universe, shared);
  addOffPolicy(program, shared);
}

function addGenerate(universe: Command, { end, screen }: Shared): void {
  sized(universe.command('generate'))
    .description('events without a service, as fast as the machine can: counted, hashed, and as Parquet where wanted')
    .addOption(
      new Option('--shelf <name>', 'who fills the slates')
        .choices(['talked', 'popular', 'random', 'oracle'])
        .default('talked'),
    )
    .option('--workers <number>', 'threads (default: as many as there are processors)', whole(1))
    .option('--out <folder>', 'write Parquet there, and go on with what is there (default: only count and hash)')
    .option(
      '--part <index/of>',
      'only this part of the agents, for instance 3/8: parts are made anywhere, in any order',
    )
    .option('--json', 'print JSON')
    .action(async (options) =>
      end(await (await import('../commands/universe/generate.ts')).universeGenerate(options, screen)),
    );
}

function addReport(universe: Command, { end, screen }: Shared): void {
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
      end(await (await import('../commands/universe/report.ts')).universeReport(options, screen)),
    );
}

function addOffPolicy(program: Command, { end, screen }: Shared): void {
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
    .action(async (options) =>
      end(await (await import('../commands/models/off-policy.ts')).offPolicy(options, screen)),
    );
}

/** Above 0 and at most 1. */
function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be above 0 and at most 1.');
}
