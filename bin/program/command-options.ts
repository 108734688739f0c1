import { type Command, InvalidArgumentError, Option } from 'commander';
import { BEHAVIOURS } from '#domain/universe/scenario.ts';
import type { Terminal } from '../console/terminal.ts';
import { DEFAULT_HOME } from '../home/home.ts';

const DEFAULT_PORT = 8080;
const MAX_PORT = 65_535;
export const MAX_SEED = 2 ** 32 - 1;
export const MAX_K = 1_000;

/** What a command needs of the program that it is added to. */
export interface Shared {
  readonly end: (status: number) => void;
  readonly screen: Terminal;
}

export const home = () => new Option('--home <folder>', 'where everything is kept').default(DEFAULT_HOME);
export const port = () =>
  new Option('--port <number>', 'port on 127.0.0.1').default(DEFAULT_PORT).argParser(whole(0, MAX_PORT));

/** Adds how large a simulated world is, and what goes wrong in it. */
export const sized = (command: Command) =>
  command
    .option('--agents <number>', 'simulated people (default: as kept, or 10,000)', whole(1))
    .option('--titles <number>', 'films (default: as kept, or 1,000)', whole(1))
    .option('--days <number>', 'days of the first stretch, and of the twins (default: as kept, or 7)', whole(1))
    .option('--seed <number>', 'of every draw (default: as kept, or 1)', whole(0))
    .option('--scenario <file>', 'what goes wrong: late, doubled and broken events, bots, a fad, an outage, …')
    .addOption(
      new Option('--off <behaviour...>', 'what people do not do here (default: they do all)').choices(BEHAVIOURS),
    );

export function whole(from: number, to = Number.MAX_SAFE_INTEGER) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`);
  };
}

/** Whole numbers with commas between. */
export function numbers(text: string): number[] {
  return text.split(',').map(whole(0, MAX_SEED));
}

/** A UTC day; 2026-02-30 is none. */
export function day(text: string): string {
  const at = Date.parse(`${text}T00:00:00Z`);
  if (!Number.isNaN(at) && new Date(at).toISOString() === `${text}T00:00:00.000Z`) return text;
  throw new InvalidArgumentError('It must be a day such as 2026-01-31.');
}
