import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Interactions } from '../../../../functions/universe/realism/interaction-table-and-row-operations.ts';
import { findDataSet } from '../../import/find-data-set-files.ts';
import { linesOf, textOf } from '../../import/formats/read-lines.ts';
import { stage, stopAtFault } from '../../import/validate-and-sort-data-set.ts';

/**
 * Reads a real data set, in any format that `agentbricks import movielens` supports, as interactions. Times are UTC, because
 * users' time zones are unknown.
 *
 * @param latest latest valid time, UTC epoch milliseconds
 * @throws NoDataSet, UnreadableFile, BrokenLine
 */
export async function realInteractions(path: string, latest: number, signal?: AbortSignal): Promise<Interactions> {
  const folder = await mkdtemp(join(tmpdir(), 'agentbricks-realism-'));
  try {
    const { sorted, ratings } = await stage(await findDataSet(path), { folder, latest, onFault: stopAtFault, signal });
    return await readSorted(sorted, ratings);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads the sorted ratings. @param path tab-separated lines of time, user, item and rating */
async function readSorted(path: string, rows: number): Promise<Interactions> {
  const [users, items] = [numbering(), numbering()];
  const table = {
    users: new Uint32Array(rows),
    items: new Uint32Array(rows),
    ratings: new Float32Array(rows),
    times: new Float64Array(rows),
    zones: new Float32Array(rows),
  };
  let row = 0;
  for await (const { lines } of linesOf(path)) {
    for (const line of lines) {
      const [time, user = '', item = '', rating] = textOf(line).split('\t');
      if (item === '') continue;
      table.users[row] = users(user);
      table.items[row] = items(item);
      table.ratings[row] = Number(rating);
      table.times[row++] = Number(time);
    }
  }
  return table;
}

/** Returns a function that numbers names from 0, in order of their first occurrence. */
function numbering(): (name: string) => number {
  const numbers = new Map<string, number>();
  return (name) => {
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  };
}
