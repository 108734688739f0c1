import { Argument, type Command } from 'commander';
import { json, MAX_SEED, type Shared, wholeNumber } from './command-options.ts';

const step = () => new Argument('<step>', 'brick and number of the step, such as 01.1');

/** Adds the commands for the exercises of the story. */
export function addStoryCommands(program: Command, { end, screen }: Shared): void {
  program.commandsGroup('Story:');
  program
    .command('list')
    .description('List the steps of the story with your progress')
    .addOption(json())
    .action(async (options) => end(await (await import('../commands/story/list-steps.ts')).list(options, screen)));
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
    .option('--hint', 'print the next hint, as the command hint does')
    .option(
      '--seed <number>',
      'random seed of the generated test cases (default: a new seed for each run)',
      wholeNumber(0, MAX_SEED),
    )
    .addOption(json())
    .action(async (id, options) =>
      end(await (await import('../commands/story/check-step.ts')).check(id, options, screen)),
    );
  addHintCommands(program, { end, screen });
  program
    .command('use')
    .description(
      'Use your code for a step instead of the reference implementation, in the running city and in deployments',
    )
    .addArgument(step())
    .option('--reference', 'switch back to the reference implementation')
    .option('--anyway', 'use your code even if its checks fail')
    .action(async (id, options) =>
      end(await (await import('../commands/story/use-learners-code.ts')).use(id, options, screen)),
    );
}

function addHintCommands(program: Command, { end, screen }: Pick<Shared, 'end' | 'screen'>): void {
  program
    .command('hint')
    .description('Print the next hint for a step')
    .addArgument(step())
    .addOption(json())
    .action(async (id, options) =>
      end(await (await import('../commands/story/print-hint.ts')).hint(id, options, screen)),
    );
  program
    .command('solution')
    .description('Print the solution of a step that you have passed')
    .addArgument(step())
    .option('--yes', 'after the last hint: print the solution of a step that you have not passed')
    .action(async (id, options) =>
      end(await (await import('../commands/story/print-solution.ts')).solution(id, options, screen)),
    );
}
