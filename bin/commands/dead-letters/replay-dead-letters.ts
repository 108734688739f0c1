import { replayDeadLetters } from '../../../functions/data-collection/dead-letters/replay-dead-letters.ts';
import { escaped } from '../../../localstack/embedded/import/quote-for-error-messages.ts';
import { count } from '../../console/format-values-and-tables.ts';
import type { Terminal } from '../../console/terminal.ts';
import type { WorldOptions } from '../../home/find-existing-world.ts';
import { withWorldRuntime } from '../../home/open-world-runtime.ts';

/** Number of letters that fail again and are listed. `--json` prints all. */
const LISTED = 10;

/** Processes all dead letters again. @returns 1 if one of them fails again */
export const replay = (options: WorldOptions, terminal: Terminal): Promise<number> =>
  withWorldRuntime(options, async ({ runtime }) => {
    const { eventLog, now } = runtime.ports;
    const result = await replayDeadLetters({ eventLog, api: runtime.api, now });
    await runtime.settle();
    const { replayed, duplicates, rejected } = result;
    if (options.json) terminal.out(JSON.stringify(result));
    else {
      for (const { letter, reason } of rejected.slice(0, LISTED))
        terminal.say(`${letter.origin ?? letter.consumer}: ${escaped(reason)}`);
      terminal.out(
        `${count(replayed)} replayed, ${count(duplicates)} already in the log, ${count(rejected.length)} fail as before`,
      );
    }
    return rejected.length === 0 ? 0 : 1;
  });
