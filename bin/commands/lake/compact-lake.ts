import type { Compaction } from '../../../functions/data-collection/compact/handler.ts';
import type { Terminal } from '../../console/terminal.ts';
import type { WorldOptions } from '../../home/find-existing-world.ts';
import { withWorldRuntime } from '../../home/open-world-runtime.ts';

/** Merges the lake's small files. Repeats the compaction until no merge is left and the merged files are deleted. */
export const compactLake = (options: WorldOptions, terminal: Terminal): Promise<number> =>
  withWorldRuntime(options, async ({ runtime }) => {
    const compact = async () => (await runtime.invoke('compact', {})) as Compaction[];
    const first = await compact();
    let last = first;
    while (last.some(({ merged, deleted, left }) => merged + deleted + left > 0)) {
      for (const { topic, merged, left } of last)
        terminal.progress(`  ${topic}: ${merged} files merged, ${left} merges left`);
      last = await compact();
    }
    const summary = last.map(({ topic, after }, i) => ({ topic, before: first[i]?.before ?? after, after }));
    if (options.json) terminal.out(JSON.stringify(summary));
    else
      for (const { topic, before, after } of summary) terminal.out(`${topic}: ${before} files before, ${after} after`);
    return 0;
  });
