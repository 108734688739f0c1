import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_SIZE } from '../home/city-size-command-line-options.ts';
import { home, json, MAX_K, off, SCENARIO, type Shared, seedList, wholeNumber } from './command-options.ts';

const AGENTS = 'number of simulated people';
const TITLES = 'number of titles in the catalogue';
const DAYS = 'number of simulated days';
const MAX_AGENTS = 10_000_000;
/** With fewer people, an estimate consists of a few requests, and its interval means nothing. */
const MIN_STUDIED_AGENTS = 100;

/** Adds the commands for simulated worlds without the recommendation service: universe and off-policy. */
export function addUniverseCommands(program: Command, shared: Shared): void {
  program.commandsGroup('Universe:');
  const universe = program.command('universe').description('Simulate worlds without the recommendation service');
  addGenerate(universe, shared);
  addReport(universe, shared);
  addOffPolicy(program, shared);
}

function addGenerate(universe: Command, { end, screen }: Shared): void {
  universe
    .command('generate')
    .description('Generate the events of a simulated world, and print their number and hash')
    .option('--agents <number>', AGENTS, wholeNumber(1, MAX_AGENTS), DEFAULT_SIZE.agents)
    .option('--titles <number>', TITLES, wholeNumber(1), DEFAULT_SIZE.titles)
    .option('--days <number>', DAYS, wholeNumber(1), DEFAULT_SIZE.days)
    .option('--seed <number>', 'random seed', wholeNumber(0), DEFAULT_SIZE.seed)
    .option('--scenario <file>', `${SCENARIO} (default: none)`)
    .addOption(off('none'))
    .addOption(
      new Option(
        '--shelf <name>',
        'policy that selects the titles to show; talked: titles that people talk about; oracle: the best titles for each person',
      )
        .choices(['talked', 'popular', 'random', 'oracle'])
        .default('talked'),
    )
    .option('--workers <number>', 'number of threads (default: number of processors)', wholeNumber(1))
    .option(
      '--out <folder>',
      'folder for the events as Parquet files; an interrupted run resumes from it (default: no files)',
    )
    .option(
      '--part <number/total>',
      'part of the people to simulate, such as 3/8 for the third of eight parts (default: all people)',
    )
    .addOption(json())
    .action(async (options) =>
      end(await (await import('../commands/universe/generate-events.ts')).universeGenerate(options, screen)),
    );
}

function addReport(universe: Command, { end, screen }: Shared): void {
  universe
    .command('report')
    .description('Compare statistics of simulated worlds with those of MovieLens and with target ranges')
    .addOption(home())
    .option(
      '--against <path>',
      'MovieLens data set, in any format that agentbricks import reads (default: a comparison with the target ranges only)',
    )
    .option('--agents <number>', AGENTS, wholeNumber(1, MAX_AGENTS), 1_500)
    .option('--titles <number>', TITLES, wholeNumber(1), 1_700)
    .option('--days <number>', DAYS, wholeNumber(1), 120)
    .addOption(seedList(1))
    .option('--pictures <folder>', 'folder for SVG charts of the distributions (default: no charts)')
    .addOption(json())
    .action(async (options) =>
      end(await (await import('../commands/universe/print-realism-report.ts')).universeReport(options, screen)),
    );
}

function addOffPolicy(program: Command, { end, screen }: Shared): void {
  program
    .command('off-policy')
    .description('Compare off-policy estimates of policies (IPS, SNIPS, doubly robust) with their true values')
    .addOption(seedList(1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
    .option('--agents <number>', AGENTS, wholeNumber(MIN_STUDIED_AGENTS, MAX_AGENTS), 3_000)
    .option('--titles <number>', TITLES, wholeNumber(2, MAX_K), 20)
    .option('--days <number>', DAYS, wholeNumber(1), 3)
    .option('--share <number>', 'probability that a request shows a random title, above 0 and at most 1', share, 0.5)
    .addOption(json())
    .action(async (options) =>
      end(
        await (await import('../commands/models/compare-off-policy-estimates-with-truth.ts')).offPolicy(
          options,
          screen,
        ),
      ),
    );
}

/** Parses a share above 0 and at most 1. */
function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('It must be above 0 and at most 1.');
}
