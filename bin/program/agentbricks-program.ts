import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { addAwsCommands } from './aws-commands.ts';
import { addCityCommands } from './city-commands.ts';
import type { Shared } from './command-options.ts';
import { addLakeCommands } from './data-commands.ts';
import { addModelCommands } from './model-commands.ts';
import { addStoryCommands } from './story-commands.ts';
import { addTrainerCommands } from './trainer-commands.ts';
import { addUniverseCommands } from './universe-commands.ts';

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  version: string;
};

/** Returns the program `agentbricks` with all its commands. A command's file is loaded only when the command runs. */
export function agentbricksProgram(shared: Shared): Command {
  const program = new Command('agentbricks')
    .description('Learn ML-systems design by building the recommender that a simulated city uses')
    .version(version, '-V, --version', 'version number')
    .helpOption('-h, --help', 'help for the command')
    .showHelpAfterError('Add --help to see all options.');
  addCityCommands(program, shared);
  addStoryCommands(program, shared);
  addModelCommands(program, shared);
  addLakeCommands(program, shared);
  addUniverseCommands(program, shared);
  addTrainerCommands(program, shared);
  addAwsCommands(program, shared);
  for (const command of [program, ...program.commands])
    if (command.commands.length > 0) command.helpCommand('help [command]', 'help for a command');
  return program;
}
