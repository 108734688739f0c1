import { type Command, InvalidArgumentError, Option } from 'commander';
import { BEHAVIOURS } from '#domain/universe/behaviours-and-scenario-schema.ts';
import type { Terminal } from '../console/terminal.ts';
import { DEFAULT_HOME } from '../home/world-folders-and-current-world.ts';

const DEFAULT_PORT = 8080;
const MAX_PORT = 65_535;
export const MAX_SEED = 2 ** 32 - 1;
export const MAX_K = 1_000;
/** Maxima of a city, as in the schema CitySize, which is not imported here because it would slow down every command. */
export const MAX_CITY = { agents: 1_000_000, titles: 100_000, days: 28 };

/** Functions and objects that every command receives from the program. */
export interface Shared {
  /** Sets the exit status. */
  readonly end: (status: number) => void;
  readonly screen: Terminal;
}

export const home = () =>
  new Option('--home <folder>', 'folder in which AgentBricks stores its data').default(DEFAULT_HOME);
export const port = (does = 'port on 127.0.0.1') =>
  new Option('--port <number>', does).default(DEFAULT_PORT).argParser(wholeNumber(0, MAX_PORT));
export const world = () =>
  new Option('--world <name>', 'name of the world (default: the current world, which was simulated or imported last)');
/** Returns the option of commands that ask for a confirmation before they change or delete data. */
export const yes = () =>
  new Option('--yes', 'answer yes to the confirmation question; required if standard input is not a terminal');
export const json = () => new Option('--json', 'output as JSON');
/** Returns an option for a list of seeds. The help shows the default as it is typed. */
export const seedList = (...byDefault: number[]) =>
  new Option('--seeds <list>', 'random seeds of the worlds, separated by commas')
    .argParser(seeds)
    .default(byDefault, byDefault.join());
export const seed = (max?: number) =>
  new Option('--seed <number>', 'random seed').argParser(wholeNumber(0, max)).default(1);

/** Adds the options that select a world on this machine. */
export const onWorld = (command: Command) => command.addOption(home()).addOption(world()).addOption(json());

export const SCENARIO = 'JSON file of simulated faults, such as late or repeated events, bots or an outage';
const OFF = 'behaviours of the simulated people to switch off';
export const off = (absent: string) =>
  new Option('--off <behaviour...>', `${OFF} (default: ${absent})`).choices(BEHAVIOURS);

/** Adds the options for the size of a city. An existing city keeps the values that are not given. */
export const sized = (command: Command) =>
  command
    .option(
      '--agents <number>',
      'number of simulated people (default: as in the existing city, or 10,000)',
      wholeNumber(1, MAX_CITY.agents),
    )
    .option(
      '--titles <number>',
      'number of titles in the catalogue (default: as in the existing city, or 1,000)',
      wholeNumber(1, MAX_CITY.titles),
    )
    .option(
      '--days <number>',
      'number of days to simulate before the training, and again for the comparison (default: as in the existing city, or 7)',
      wholeNumber(1, MAX_CITY.days),
    )
    .option('--seed <number>', 'random seed (default: as in the existing city, or 1)', wholeNumber(0, MAX_SEED))
    .option('--scenario <file>', `${SCENARIO} (default: as in the existing city, or none)`)
    .addOption(off('as in the existing city, or none'));

/** Returns a parser of integers from `from` to `to`. */
export function wholeNumber(from: number, to = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`);
  };
}

/** Parses seeds that are separated by commas. */
function seeds(text: string): number[] {
  return text.split(',').map(wholeNumber(0, MAX_SEED));
}

/** Parses a UTC day. It rejects days that do not exist, such as 2026-02-30. */
export function day(text: string): string {
  const at = Date.parse(`${text}T00:00:00Z`);
  if (!Number.isNaN(at) && new Date(at).toISOString() === `${text}T00:00:00.000Z`) return text;
  throw new InvalidArgumentError('It must be a day such as 2026-01-31.');
}
