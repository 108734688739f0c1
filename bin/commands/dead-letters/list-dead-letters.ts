import { type DeadLetter, deadLettersIn } from '../../../functions/data-collection/dead-letters/read-dead-letters.ts';
import { escaped, quoted } from '../../../localstack/embedded/import/quote-for-error-messages.ts';
import { count, dateTime, table } from '../../console/format-values-and-tables.ts';
import type { Terminal } from '../../console/terminal.ts';
import type { WorldOptions } from '../../home/find-existing-world.ts';
import { withWorldRuntime } from '../../home/open-world-runtime.ts';

/** Number of letters that are shown. `--json` prints all. */
const NEWEST = 10;
/** Number of characters of a value that are shown. */
const SHOWN = 80;

/** Prints the numbers of dead letters by reason, and the newest letters. */
export const listDeadLetters = (options: WorldOptions, terminal: Terminal): Promise<number> =>
  withWorldRuntime(options, async ({ runtime: { ports } }) => {
    const letters = await Array.fromAsync(deadLettersIn(ports.eventLog));
    if (options.json) terminal.out(JSON.stringify(letters));
    else for (const line of linesOf(letters)) terminal.out(line);
    return 0;
  });

function linesOf(letters: readonly DeadLetter[]): string[] {
  if (letters.length === 0) return ['There are no dead letters.'];
  const reasons = [...Map.groupBy(letters, ({ consumer, reason }) => `${consumer}: ${reason}`)]
    .map(([reason, some]) => [escaped(reason), count(some.length)])
    .sort(([, one = ''], [, other = '']) => Number(other.replaceAll(',', '')) - Number(one.replaceAll(',', '')));
  const newest = letters.toSorted((one, other) => other.at - one.at).slice(0, NEWEST);
  return [
    ...table([['reason', 'dead letters'], ...reasons]),
    '',
    `The newest ${newest.length} of ${count(letters.length)} (all: --json)`,
    ...newest.map(
      ({ at, origin, consumer, value }) => `${dateTime(at)}  ${origin ?? consumer}  ${quoted(value, SHOWN)}`,
    ),
  ];
}
