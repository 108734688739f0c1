import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeAtomic } from '../storage/write-atomically-and-read-json.ts';

/** The data set from which a world's events were imported. */
const ImportState = z.strictObject({
  formatVersion: z.literal(1),
  dialect: z.string(),
  /** Path of the ratings file. */
  path: z.string(),
  sha256: z.string(),
});
export type ImportState = z.infer<typeof ImportState>;

export function importStateFile(worldFolder: string) {
  const path = join(worldFolder, 'import.json');
  return {
    read: (): ImportState | undefined => readJson(path, (content) => ImportState.parse(content)),
    write: (state: ImportState) => writeAtomic(path, Buffer.from(`${JSON.stringify(state, null, 2)}\n`)),
  };
}

/**
 * Returns whether two imports use the same data set: the same bytes at any path, or the same path even if its content
 * was corrected.
 */
export const isSameData = (stored: ImportState, now: Pick<ImportState, 'path' | 'sha256'>): boolean =>
  stored.sha256 === now.sha256 || stored.path === now.path;
