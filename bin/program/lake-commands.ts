import type { Command } from 'commander';
import { day, home, type Shared } from './command-options.ts';

/** `agentbricks lake …`: what one does with the data lake of a world by hand. */
export function addLakeCommands(program: Command, { end, screen }: Shared): void {
  const lake = program
    .command('lake')
    .description('the data lake of a world: small files, damage, days again, deletion');
  const onLake = (command: Command) =>
    command
      .addOption(home())
      .option('--world <name>', 'which world (default: the current one)')
      .option('--json', 'print JSON');

  onLake(lake.command('compact'))
    .description('merge the small files of hours and days that are over')
    .action(async (options) => end(await (await import('../commands/lake/lake.ts')).lakeCompact(options, screen)));

  onLake(lake.command('verify'))
    .description('read every file, and compare with the manifest and the log; ends with 1 when something is wrong')
    .action(async (options) => end(await (await import('../commands/lake/lake.ts')).lakeVerify(options, screen)));

  onLake(lake.command('replay'))
    .description('write days again from the log')
    .requiredOption('--from <day>', 'first day of ingest, YYYY-MM-DD, UTC', day)
    .requiredOption('--to <day>', 'last day, inclusive', day)
    .action(async (options) => end(await (await import('../commands/lake/lake.ts')).lakeReplay(options, screen)));

  onLake(lake.command('backfill'))
    .description('take late events in from a file, one JSON object per line, through the API')
    .argument('<file>', 'may be sent again: what was taken in has no effect')
    .action(async (path, options) =>
      end(await (await import('../commands/lake/lake.ts')).lakeBackfill(path, options, screen)),
    );

  onLake(lake.command('forget'))
    .description('delete all data of one user, and prove that it is gone')
    .requiredOption('--user <id>', 'whom')
    .action(async (options) => end(await (await import('../commands/lake/lake.ts')).lakeForget(options, screen)));
}
