import { type Command, Option } from 'commander';
import type { Terminal } from './terminal.ts';

interface Shared {
  readonly end: (status: number) => void;
  readonly screen: Terminal;
  readonly whole: (from: number) => (text: string) => number;
}

const PROFILES = ['learner', 'production'];
const profile = () => new Option('--profile <name>', 'sizes: lib/profiles.ts').choices(PROFILES).default('learner');

/** Everything that looks at AWS, or changes something there. */
export function addAwsCommands(program: Command, shared: Shared): void {
  addCost(program, shared);
}

function addCost(program: Command, { end, screen, whole }: Shared): void {
  program
    .command('cost')
    .description('what each brick costs on AWS in a month, from its template; asks nobody')
    .addOption(profile())
    .option('--traffic <people>', 'people who use it (default: 10,000; production: a million)', whole(1))
    .option('--lines', 'every figure, with its price and what drives it')
    .option('--json', 'print JSON')
    .action(async (options) => end(await (await import('./commands/cost.ts')).cost(options, screen)));
}
