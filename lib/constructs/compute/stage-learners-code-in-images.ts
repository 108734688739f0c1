import { copyFileSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FileSystem } from 'aws-cdk-lib';
import { buildSync } from 'esbuild';
import { FIX_THE_FILE, type SeamName, SeamUnusable } from '#adapters/composition/read-and-watch-seams-json.ts';
import { stageTrainerPackage } from '../../../functions/platform/stage-trainer-with-learner-modules.ts';
import { learnersFile } from '../../seam-aliases.ts';
import { BUNDLING } from './esbuild-options.ts';

const ROOT = join(import.meta.dirname, '../../..');
const TRAINER = join(ROOT, 'functions/model-training/trainer');
/** The query of step 02.2, from the repository's root. */
export const LABELLED_FEATURES = 'functions/feature-engineering/views/sql/training/labelled-features.sql';

/**
 * Returns the build context of the trainer's image: the trainer itself, or a copy with the learner's module if
 * `agentbricks use 03.6` selected it.
 *
 * @param root folder with `workspace/seams.json`
 * @throws SeamUnusable if the learner's file does not exist
 */
export function trainerContext(root: string): string {
  const file = existingFile(root, 'export');
  if (file === undefined) return TRAINER;
  const staged = FileSystem.mkdtemp('trainer-image-');
  stageTrainerPackage(staged, { export: file });
  return staged;
}

/** Seams that the functions import as modules: package.json maps `#seams/…` to the reference. */
const MODULES = ['collect-events', 'explore', 'validate-event'] as const;

/**
 * Returns the build context of the functions' image: the repository, or a copy of the image's files with the learner's
 * query and functions that `agentbricks use` selected.
 *
 * @param root folder with `workspace/seams.json`
 * @throws SeamUnusable if a learner's file does not exist
 */
export function functionsContext(root: string): string {
  const query = learnersQuery(root);
  const modules = MODULES.flatMap((seam) => {
    const file = existingFile(root, seam);
    return file === undefined ? [] : [{ seam, file }];
  });
  if (query === undefined && modules.length === 0) return ROOT;
  const staged = stageFunctions();
  if (query !== undefined) copyFileSync(query, join(staged, LABELLED_FEATURES));
  for (const { seam, file } of modules) bundleModule(file, join(staged, LEARNERS, `${seam}.mjs`));
  importModules(
    join(staged, 'package.json'),
    modules.map(({ seam }) => seam),
  );
  return staged;
}

/** Folder of the learner's functions in the image. */
const LEARNERS = 'functions/learner';

/** Bundles a learner's function like the functions of the stacks, because it may import files of its own folder. */
function bundleModule(file: string, outfile: string): void {
  const { target, mainFields, external, alias, banner } = BUNDLING;
  const output = { bundle: true, format: 'esm', platform: 'node', logLevel: 'silent' } as const;
  buildSync({ entryPoints: [file], outfile, ...output, target, mainFields, external, alias, banner });
}

/** Makes Node load the learner's functions where the functions import the reference. */
function importModules(file: string, seams: readonly string[]): void {
  const { imports, ...others } = JSON.parse(readFileSync(file, 'utf8')) as { imports: Record<string, string> };
  const learners = Object.fromEntries(seams.map((seam) => [`#seams/${seam}`, `./${LEARNERS}/${seam}.mjs`]));
  writeFileSync(file, JSON.stringify({ ...others, imports: { ...imports, ...learners } }, undefined, 2));
}

/** Copies the files of the functions' image. @returns the folder of the copy */
function stageFunctions(): string {
  const staged = FileSystem.mkdtemp('functions-image-');
  const ignore = '.dockerignore';
  cpSync(join(ROOT, ignore), join(staged, ignore));
  // Lines such as !functions name the content of the image.
  const contents = readFileSync(join(ROOT, ignore), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'));
  for (const path of contents.map((line) => line.slice(1))) {
    if (existsSync(join(ROOT, path)))
      cpSync(join(ROOT, path), join(staged, path), { recursive: true, filter: isSource });
  }
  return staged;
}

/** Copying neither links nor compiled Python keeps the hash of the image equal on all machines. */
const isSource = (path: string): boolean => !path.startsWith(`${TRAINER}/`) && !path.endsWith('__pycache__');

/** Returns the learner's query of step 02.2 if it is in use. @throws SeamUnusable if it does not exist */
export const learnersQuery = (root: string): string | undefined => existingFile(root, 'labelled-features.sql');

function existingFile(root: string, seam: SeamName): string | undefined {
  const file = learnersFile(root, seam);
  if (file === undefined || existsSync(file)) return file;
  throw new SeamUnusable(file, `${dirname(file)} does not contain it`, FIX_THE_FILE);
}
