import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { SeamName } from '#adapters/composition/read-and-watch-seams-json.ts';
import { readIfThere, writeAtomic } from '../../localstack/embedded/storage/write-atomically-and-read-json.ts';

const Times = z.record(z.string(), z.number());
/** Seam → wall-clock time of the last `use` of its step, UTC epoch milliseconds. */
export type TimesOfUse = Readonly<Partial<Record<SeamName, number>>>;

const fileBeside = (seamsFile: string): string => join(dirname(seamsFile), '.used-at.json');

/** Returns the times of use. A file that is missing or cannot be read contains none. */
export function readTimesOfUse(seamsFile: string): TimesOfUse {
  try {
    return Times.parse(JSON.parse(String(readIfThere(fileBeside(seamsFile)) ?? '{}')));
  } catch {
    return {};
  }
}

/** Records that the file of a seam was checked and put in use, so that a running city loads this file again, and no other. */
export function recordUse(seamsFile: string, seam: SeamName, now = Date.now()): void {
  const times = { ...readTimesOfUse(seamsFile), [seam]: now };
  writeAtomic(fileBeside(seamsFile), Buffer.from(JSON.stringify(times)));
}
