import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeAtomic } from '../storage/atomic-file.ts';

/** Where a world's events came from. */
const ImportState = z.strictObject({
  formatVersion: z.literal(1),
  dialect: z.string(),
  /** Of the file of ratings. */
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

/** The same bytes wherever they lie, or the same place whatever was mended there. */
export const isSameData = (kept: ImportState, now: Pick<ImportState, 'path' | 'sha256'>): boolean =>
  kept.sha256 === now.sha256 || kept.path === now.path;
