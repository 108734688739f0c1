import { join, resolve } from 'node:path';

/** Default folder of the learner's files. Git ignores it, and no command overwrites the learner's files. */
export const DEFAULT_WORKSPACE = resolve(import.meta.dirname, '../../../workspace');

/**
 * Returns the path of the file that lists the learner's files in use. The command `use` writes it;
 * layers/adapters/composition/read-and-watch-seams-json.ts reads it.
 */
export const seamsFileIn = (workspace: string): string => join(workspace, 'seams.json');
