import type { Command } from 'commander';
import { explainSystemError } from '../console/explain-file-system-errors.ts';
import type { Shared } from './command-options.ts';

/**
 * Runs the command that the arguments name. Prints the explanation of an error, or the stack trace of an error that has
 * none.
 */
export async function runProgram(
  program: Command,
  { end, screen }: Shared,
  args = process.argv.slice(2),
): Promise<void> {
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    const error = explainSystemError(thrown);
    const isExplained = error instanceof Error && 'explanation' in error;
    screen.say(isExplained ? `✗ ${error.message}` : String((error as Error).stack ?? error));
    end(1);
  }
}
