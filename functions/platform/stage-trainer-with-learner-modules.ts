import { copyFileSync, cpSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { SEAMS } from './seams.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const TRAINER = 'functions/model-training/trainer';
/** Folders that neither a training nor an image needs. */
const LEFT_OUT = ['tests', '__pycache__'];

/** Absolute paths of learners' Python files, by the names of the seams that they replace. */
export type TrainerModules = Readonly<Record<string, string>>;

/**
 * Copies the trainer's package, with learners' modules in place of the reference's. A training runs in the copy, and an
 * image is built from it, so that both import the learner's module like any other module of the package.
 *
 * @param to folder of the copy. It is created
 * @throws Error if no Python file of the trainer is a seam of this name
 */
export function stageTrainerPackage(to: string, modules: TrainerModules): void {
  cpSync(join(ROOT, TRAINER), to, { recursive: true, filter: (path) => !LEFT_OUT.includes(basename(path)) });
  for (const [name, file] of Object.entries(modules)) {
    const seam = SEAMS.find((each) => each.kind === 'python' && each.name === name);
    if (!seam) throw new Error(`the trainer has no seam ${name}`);
    copyFileSync(file, join(to, relative(TRAINER, seam.file)));
  }
}
