import type { Command, CommanderError } from 'commander';
import { agentbricksProgram } from '../../bin/program/agentbricks-program.ts';
import type { Shared } from '../../bin/program/command-options.ts';
import { runProgram } from '../../bin/program/run-cli-and-print-errors.ts';
import { screen } from '../support/recording-terminal.ts';
import type { Ended } from './run-command.ts';

/** Runs `agentbricks …` in this process, which is faster than a child process and counts for the coverage. */
export const agentbricks = (...args: readonly string[]): Promise<Ended> => runInProcess(agentbricksProgram, args);

/** Runs a program in this process with a recording terminal. */
export async function runInProcess(create: (shared: Shared) => Command, args: readonly string[]): Promise<Ended> {
  const { terminal, stdout, stderr } = screen();
  let status: number | null = null;
  const end = (code: number) => {
    status ??= code;
  };
  // Drops the stack trace of a CommanderError, because commander has already printed its message.
  const say = (line: string) => line.startsWith('CommanderError') || terminal.say(line);
  const shared = { end, screen: { ...terminal, say } };
  const program = create(shared);
  for (const command of [program, ...commandsIn(program)]) {
    command.exitOverride((error: CommanderError) => {
      end(error.exitCode);
      throw error;
    });
    command.configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.say(text) });
  }
  await runProgram(program, shared, [...args]);
  return { status: status ?? 0, stdout: stdout(), stderr: stderr() };
}

/** Returns all commands of a program, including nested ones. */
export const commandsIn = (program: Command): Command[] =>
  program.commands.flatMap((command) => [command, ...commandsIn(command)]);
