import { join, resolve } from 'node:path';

/** The learner's folder. Git ignores it, and no command overwrites files in it. */
export const DEFAULT_WORKSPACE = resolve(import.meta.dirname, '../../workspace');

/** Returns the file that lists which learner's files replace a reference. `use` writes it; layers/adapters/composition/load-seams.ts reads it. */
export const seamsFileIn = (workspace: string): string => join(workspace, 'seams.json');
