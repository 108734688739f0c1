import { Argument, type Command } from 'commander';
import { json, MAX_SEED, type Shared, wholeNumber } from './command-options.ts';

const step = () => new Argument('<step>', 'brick and number of the step, such as 01.1');

/** Adds the commands for the exercises of the story. */
export function addStoryCommands(program: Command, { end, screen }: Shared): void {
  program.commandsGroup('Story:');
  program
    .command('start')
    .description('Copy the exercise of a step of the story to your workspace')
    .addArgument(step())
    .action(async (id, options) =>
      end(await (await import('../commands/story/start-step.ts')).start(id, options, screen)),
    );
  program
    .command('check')
    .description('Check your code for a step')
    .addArgument(step())
    .option('--hint', 'print the next hint, without running the checks')
    .option(
      '--seed <number>',
      'random seed of the generated test cases (default: a new seed for each run)',
      wholeNumber(0, MAX_SEED),
    )
    .addOption(json())
    .action(async (id, options) =>
      end(await (await import('../commands/story/check-step.ts')).check(id, options, screen)),
    );
  program
    .command('use')
    .description('Replace the reference implementation with your code, in the running city and in deployments')
    .addArgument(step())
    .option('--reference', 'switch back to the reference implementation')
    .option('--anyway', 'use your code even if its checks fail')
    .action(async (id, options) =>
      end(await (await import('../commands/story/use-learners-code.ts')).use(id, options, screen)),
    );
}
