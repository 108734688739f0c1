import { Argument, type Command } from 'commander';
import { home, json, MAX_SEED, type Shared, wholeNumber } from './command-options.ts';

const step = () => new Argument('<step>', 'brick and number of the step, such as 01.1');

/** Adds the commands for the exercises of the story. */
export function addStoryCommands(program: Command, shared: Shared): void {
  program.commandsGroup('Story:');
  addWhereabouts(program, shared);
  addExercises(program, shared);
  addHintCommands(program, shared);
  addUse(program, shared);
  addStoryLint(program, shared);
}

function addWhereabouts(program: Command, { end, screen }: Shared): void {
  program
    .command('learn')
    .description('Show where you are in the story; on a terminal, check your code whenever you save it')
    .addOption(json())
    .action(async (options) =>
      end(await (await import('../commands/story/show-and-watch-next-step.ts')).learn(options, screen)),
    );
  program
    .command('list')
    .description('List the steps of the story with your progress')
    .addOption(json())
    .action(async (options) => end(await (await import('../commands/story/list-steps.ts')).list(options, screen)));
  program
    .command('recall')
    .description('Print two questions about earlier steps')
    .argument('[step]', 'step that asks the questions (default: your next one)')
    .option('--answers', 'print the answers, too')
    .addOption(json())
    .action(async (id, options) =>
      end(await (await import('../commands/review/print-recall-questions.ts')).recall(id, options, screen)),
    );
}

function addExercises(program: Command, { end, screen }: Shared): void {
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
    .argument('[step]', 'brick and number of the step, such as 01.1')
    .option('--all', 'check all steps again that you have passed')
    .option('--live', 'run your code in a small city and measure the effect, which takes one or two minutes')
    .option(
      '--predict <answer>',
      'with --live: your answer to the question on the page, shown next to the right one (default: no answer)',
    )
    .option('--hint', 'print the next hint, as the command hint does')
    .option(
      '--seed <number>',
      'random seed of the generated test cases (default: a new seed for each run)',
      wholeNumber(0, MAX_SEED),
    )
    .addOption(json())
    .action(async (id, options) =>
      end(await (await import('../commands/story/check-step.ts')).checkOneOrAll(id, options, screen)),
    );
}

function addUse(program: Command, { end, screen }: Pick<Shared, 'end' | 'screen'>): void {
  program
    .command('use')
    .description(
      'Use your code for a step instead of the reference implementation, in the running city and in deployments',
    )
    .addArgument(step())
    .option('--reference', 'switch back to the reference implementation')
    .option('--anyway', 'use your code even if its checks fail, after saving an automatic snapshot of the city')
    .addOption(home())
    .option('--no-snapshot', 'no automatic snapshot')
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
  program
    .command('diff')
    .description('Compare your code with the reference implementation, after you have passed the step')
    .addArgument(step())
    .action(async (id, options) =>
      end(await (await import('../commands/story/print-diff-from-reference.ts')).diff(id, options, screen)),
    );
}

function addStoryLint(program: Command, { end, screen }: Pick<Shared, 'end' | 'screen'>): void {
  program
    .command('story')
    .description('Check the files of the story for mistakes (a command for authors of stories)')
    .command('lint')
    .description('List the parts that are missing in each step of the story')
    .argument('[step...]', 'steps (default: all)')
    .addOption(json())
    .action(async (ids, options) =>
      end(await (await import('../commands/review/lint-steps.ts')).lintSteps(ids, options, screen)),
    );
}
