import { DEFAULT_HOME } from './world-folders-and-current-world.ts';

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
