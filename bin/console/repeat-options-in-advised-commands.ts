import type { Command } from 'commander';

/** Name of the world that the simulated city uses. Imports create other worlds. */
export const CITY = 'city';
export const DEFAULT_HOME = '.agentbricks';

/** Matches arguments that a shell does not change. */
const PLAIN = /^[\w./-]+$/;

/** Returns the option ` --home FOLDER` for a command that a message advises, or an empty string for the default home. */
export function homeOption(home: string): string {
  if (home === DEFAULT_HOME) return '';
  return ` --home ${PLAIN.test(home) ? home : `'${home.replaceAll("'", "'\\''")}'`}`;
}

/** Returns the command that starts the city in a home. */
export const startCommand = (home: string): string => {
  const option = homeOption(home);
  return option === '' ? 'npm start' : `npm start --${option}`;
};

const ADVISED = /`((?:npx )?agentbricks ([^`]+))`/g;

const has = (command: Command, option: string): boolean => command.options.some(({ long }) => long === option);

/**
 * Returns an error's advice in which the commands in backticks have the home and the world of the command that failed, so
 * that the user can copy them. Domain code, which writes the advice, does not receive these options.
 */
export function repeatOptions(advice: string, failed: Command, program: Command): string {
  const { home, world = has(failed, '--world') ? undefined : CITY } = failed.opts<{ home?: string; world?: string }>();
  if (home === undefined) return advice;
  return advice
    .replaceAll('`npm start`', `\`${startCommand(home)}\``)
    .replaceAll(ADVISED, (_, text: string, words: string) => {
      const advised = commandAt(program, words.split(' '));
      const withHome = has(advised, '--home') && !text.includes('--home') ? homeOption(home) : '';
      const withWorld = has(advised, '--world') && !text.includes('--world') && world ? ` --world ${world}` : '';
      return `\`${text}${withHome}${withWorld}\``;
    });
}

/** Returns the command that the first words name. */
function commandAt(group: Command, [word, ...others]: readonly string[]): Command {
  const command = group.commands.find((each) => each.name() === word);
  return command ? commandAt(command, others) : group;
}
