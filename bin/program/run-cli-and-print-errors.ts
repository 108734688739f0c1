import type { Command } from 'commander';
import { BrickError } from '#domain/core/brick-error.ts';
import { explainSystemError } from '../console/explain-file-system-errors.ts';
import { repeatOptions } from '../console/repeat-options-in-advised-commands.ts';
import type { Shared } from './command-options.ts';

/** Returns the command that consists of exactly these words, or undefined if there is none. */
const commandOf = (program: Command, words: readonly string[]): Command | undefined =>
  words.reduce<Command | undefined>((group, word) => group?.commands.find((each) => each.name() === word), program);

/**
 * Runs the command that the arguments name. A group of commands prints its help, and so does the program without
 * arguments. Prints the explanation of an error, or the stack trace of an error that has none.
 */
export async function runProgram(
  program: Command,
  { end, screen }: Shared,
  args = process.argv.slice(2),
): Promise<void> {
  let running: Command = program;
  program.hook('preAction', (_, command) => {
    running = command;
  });
  try {
    const named = commandOf(program, args);
    if (named !== undefined && named.commands.length > 0) {
      named.outputHelp();
      return;
    }
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    const error = explainSystemError(thrown, args);
    screen.say(error instanceof BrickError ? explained(error, running, program) : stackOf(error));
    end(1);
  }
}

function explained({ message, explanation: { fix } }: BrickError, failed: Command, program: Command): string {
  return `✗ ${message.replace(fix, () => repeatOptions(fix, failed, program))}`;
}

const stackOf = (error: unknown): string => String((error as Error).stack ?? error);
