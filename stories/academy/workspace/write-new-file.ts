import { writeFileSync } from 'node:fs';

/** Writes a file unless it exists. @returns whether it was written */
export function writeNewFile(path: string, content: string | Uint8Array): boolean {
  try {
    writeFileSync(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
