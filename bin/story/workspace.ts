import { join, resolve } from 'node:path';

/** The learner's own folder: never committed, never overwritten. */
export const DEFAULT_WORKSPACE = resolve(import.meta.dirname, '../../workspace');

/** Which of the learner's files take the reference's place (layers/adapters/composition/load-seams.ts reads it, `use` writes it). */
export const seamsFileIn = (workspace: string): string => join(workspace, 'seams.json');
