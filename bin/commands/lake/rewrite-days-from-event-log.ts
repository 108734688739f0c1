import { BrickError } from '#domain/core/brick-error.ts';
import { EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';
import { type Days, replayDays } from '../../../functions/data-collection/lake/rewrite-days-from-log.ts';
import { count } from '../../console/format-values-and-tables.ts';
import { untilInterrupted } from '../../console/stop-on-interrupt.ts';
import type { Terminal } from '../../console/terminal.ts';
import type { WorldOptions } from '../../home/find-existing-world.ts';
import { withWorldRuntime } from '../../home/open-world-runtime.ts';

export interface ReplayOptions extends WorldOptions, Days {}

class DaysReversed extends BrickError {
  override readonly code = 'BRICK_DAYS_REVERSED';
  constructor({ from, to }: Days) {
    super({
      what: `there is no day from ${from} to ${to}`,
      why: '--from is later than --to',
      fix: `Use --from ${to} --to ${from}`,
    });
  }
}

/** Rewrites days of the lake from the log. @throws DaysReversed */
export async function replayLake({ from, to, ...options }: ReplayOptions, terminal: Terminal): Promise<number> {
  if (from > to) throw new DaysReversed({ from, to });
  return await withWorldRuntime(options, ({ runtime: { ports } }) =>
    untilInterrupted(terminal, async (signal) => {
      const written: Record<string, number> = {};
      const onFile = (key: string, rows: number) => terminal.progress(`  ${key}: ${count(rows)} records`);
      for (const topic of [EVENTS, EXPOSURES])
        written[topic] = await replayDays(topic, { from, to }, { ...ports, onFile, signal });
      if (options.json) terminal.out(JSON.stringify({ from, to, written }));
      else
        for (const [topic, rows] of Object.entries(written)) terminal.out(`${topic}: ${count(rows)} records rewritten`);
      return 0;
    }),
  );
}
