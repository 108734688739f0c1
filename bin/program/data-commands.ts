import { Argument, type Command, Option } from 'commander';
import { EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';
import { day, home, json, onWorld, type Shared, wholeNumber, yes } from './command-options.ts';

/** Adds the commands for the data of a world: import, features and the lake. */
export function addLakeCommands(program: Command, shared: Shared): void {
  program.commandsGroup('Data:');
  addImport(program, shared);
  addFeatures(program, shared);
  const lake = program.command('lake').description('Maintain the data lake of a world');
  addMaintenance(lake, shared);
  addChanges(lake, shared);
  addDeadLetters(program, shared);
}

function addImport(program: Command, { end, screen }: Shared): void {
  program
    .command('import')
    .description('Import a data set through the ingestion API, with its original times')
    .addArgument(new Argument('<kind>', 'format of the data set').choices(['movielens']))
    .argument('<path>', 'folder of the data set, or its ratings file: u.data, ratings.dat, ratings.csv or *.inter')
    .addOption(home())
    .option('--world <name>', 'name of the world that receives the events', 'movielens')
    .addOption(
      new Option(
        '--on-error <what>',
        'reaction to an invalid line: stop the import, or skip the line and list it in a file',
      )
        .choices(['stop', 'skip'])
        .default('stop'),
    )
    .addOption(json())
    .action(async (_kind, path, options) =>
      end(
        await (await import('../commands/lake/import-movielens-through-collector.ts')).importCommand(
          path,
          options,
          screen,
        ),
      ),
    );
}

function addFeatures(program: Command, { end, screen }: Shared): void {
  const features = program
    .command('features')
    .description('Inspect the features that are computed from the events of a world');
  onWorld(features.command('describe'))
    .description('Describe each group of features (feature view): meaning, owner, age limits, SQL and distribution')
    .action(async (options) =>
      end(
        await (await import('../commands/lake/print-feature-views-and-distributions.ts')).describeFeatures(
          options,
          screen,
        ),
      ),
    );
}

function addMaintenance(lake: Command, { end, screen }: Shared): void {
  onWorld(lake.command('compact'))
    .description('Merge the small files of past hours and days in the lake')
    .action(async (options) =>
      end(await (await import('../commands/lake/compact-lake.ts')).compactLake(options, screen)),
    );
  onWorld(lake.command('verify'))
    .description('Compare the lake with its manifest and with the event log; exit status 1 if they differ')
    .action(async (options) =>
      end(await (await import('../commands/lake/verify-lake.ts')).verifyLake(options, screen)),
    );
  onWorld(lake.command('replay'))
    .description('Rewrite days of the lake from the event log')
    .requiredOption('--from <day>', 'first day to rewrite, by ingestion time, YYYY-MM-DD, UTC', day)
    .requiredOption('--to <day>', 'last day to rewrite, inclusive, YYYY-MM-DD, UTC', day)
    .action(async (options) =>
      end(await (await import('../commands/lake/rewrite-days-from-event-log.ts')).replayLake(options, screen)),
    );
}

function addChanges(lake: Command, { end, screen }: Shared): void {
  onWorld(lake.command('backfill'))
    .description('Post events from a file to the ingestion API, for instance events that arrived late')
    .argument('<file>', 'file with one JSON event per line; events that are already in the log have no effect')
    .action(async (path, options) =>
      end(await (await import('../commands/lake/post-late-events-from-file.ts')).postEvents(path, options, screen)),
    );
  onWorld(lake.command('forget'))
    .description('Delete all data of a user, and verify that none remains')
    .requiredOption('--user <id>', 'id of the user')
    .addOption(yes())
    .action(async (options) =>
      end(await (await import('../commands/lake/forget-user-in-all-stores.ts')).forgetInLake(options, screen)),
    );
}

function addDeadLetters(program: Command, { end, screen }: Shared): void {
  const letters = program
    .command('dead-letters')
    .description('Inspect and replay records that the ingestion API or a consumer could not process');
  onWorld(letters.command('list'))
    .description('List the dead letters of a world: their number by reason, and the newest')
    .action(async (options) =>
      end(await (await import('../commands/dead-letters/list-dead-letters.ts')).listDeadLetters(options, screen)),
    );
  onWorld(letters.command('replay'))
    .description('Process all dead letters again, after their cause was fixed; a repeated replay has no effect')
    .action(async (options) =>
      end(await (await import('../commands/dead-letters/replay-dead-letters.ts')).replay(options, screen)),
    );
  onWorld(letters.command('skip'))
    .description('Move consumers past a record that always makes them fail; the record becomes a dead letter')
    .addArgument(new Argument('<topic>', 'topic of the record').choices([EVENTS, EXPOSURES]))
    .argument('<partition>', 'partition of the record, from 0', wholeNumber(0))
    .argument('<offset>', 'offset of the record', wholeNumber(0))
    .action(async (topic, partition, offset, options) =>
      end(
        await (await import('../commands/dead-letters/skip-blocking-record.ts')).skip(
          topic,
          { partition, offset },
          options,
          screen,
        ),
      ),
    );
}
