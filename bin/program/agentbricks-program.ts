import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { BrickError } from '#domain/core/brick-error.ts';
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

class HomeIsFile extends BrickError {
  override readonly code = 'BRICK_HOME_IS_FILE';
  constructor(home: string) {
    super({
      what: `${home} cannot store the data of AgentBricks`,
      why: 'it is a file, not a folder',
      fix: 'Choose a folder with --home',
    });
  }
}

/** @throws HomeIsFile */
function rejectFileAsHome(home: string | undefined): void {
  if (home !== undefined && statSync(home, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new HomeIsFile(home);
}

/** Returns the program `agentbricks` with all its commands. A command's file is loaded only when the command runs. */
export function agentbricksProgram(shared: Shared): Command {
  const program = new Command('agentbricks')
    .description('Learn ML-systems design by building the recommender that a simulated city uses')
    .version(version, '-V, --version', 'version number')
    .helpOption('-h, --help', 'help for the command')
    .showHelpAfterError('Add --help to see all options.')
    .hook('preAction', (_, command) => rejectFileAsHome(command.opts().home));
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
