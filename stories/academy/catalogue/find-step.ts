import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BrickError } from '#domain/core/brick-error.ts';
import { SEAM_FILES } from '#domain/events/seam-types.ts';
import type { Checkpoint, IdentifiedCheckpoint } from '../judging/step-requirements.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const STORY = join(ROOT, 'stories/movie-recommender');

/** One exercise of the story. */
export interface Step extends IdentifiedCheckpoint {
  /** Human-readable name, such as "validate events". */
  readonly title: string;
  /** Absolute path of the folder with exercise, checks and hints. */
  readonly folder: string;
  /** Path in a workspace, such as 01.1-validate-events/validate-event.ts. */
  readonly learnerFile: string;
}

class UnknownStep extends BrickError {
  override readonly code = 'BRICK_UNKNOWN_STEP';
  constructor(id: string, known: readonly string[]) {
    super({
      what: `there is no step ${id}`,
      why: `the story has the steps ${known.join(', ')}`,
      fix: `Choose one of these steps, for example with \`npx agentbricks start ${known[0] ?? ''}\``,
    });
  }
}

class StepNotStarted extends BrickError {
  override readonly code = 'BRICK_STEP_NOT_STARTED';
  constructor(id: string, file: string) {
    super({
      what: `the file ${file} does not exist`,
      why: 'you have not started the step, or you have moved its file',
      fix: `Run \`npx agentbricks start ${id}\``,
    });
  }
}

/** Returns all steps in their order. The folders of the story are the only list of steps. */
export const allSteps = async (): Promise<Step[]> => await Promise.all(stepFolders().map(loadStep));

/** Finds a step by its id. @throws UnknownStep */
export async function findStep(id: string): Promise<Step> {
  const folders = stepFolders();
  const found = folders.find((folder) => idOf(folder) === id.trim());
  if (!found) throw new UnknownStep(id, folders.map(idOf));
  return await loadStep(found);
}

const stepFolders = (): string[] => globSync('[0-9][0-9]-*/[0-9][0-9]-*/', { cwd: STORY }).sort();

/** @param path of the step's folder, relative to the story's */
async function loadStep(path: string): Promise<Step> {
  const folder = join(STORY, path);
  const { checkpoint } = (await import(pathToFileURL(join(folder, 'check.ts')).href)) as { checkpoint: Checkpoint };
  const name = basename(folder).slice(NUMBER.length);
  const learnerFile = join(`${idOf(path)}-${name}`, `${SEAM_FILES[checkpoint.seam]}.ts`);
  return { id: idOf(path), title: name.replaceAll('-', ' '), folder, learnerFile, ...checkpoint };
}

/** Sample of the number at the start of a folder's name. Only its length is used. */
const NUMBER = '01-';

/** Returns the id of a step's folder: 01-data-collection/01-validate-events is 01.1. */
const idOf = (folder: string): string =>
  `${dirname(folder).slice(0, NUMBER.length - 1)}.${Number.parseInt(basename(folder), 10)}`;

/** Returns the absolute path of the learner's file of a step. @throws StepNotStarted */
export function startedFile({ id, learnerFile }: Step, workspace: string): string {
  const file = join(workspace, learnerFile);
  if (existsSync(file)) return file;
  throw new StepNotStarted(id, shown(file));
}

/** Returns a path relative to the current directory if it is inside that directory, otherwise the path itself. */
export function shown(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith('..') ? path : below;
}

/** Returns the hints of a step: three, each more explicit than the one before. */
export const hintsOf = ({ folder }: Pick<Step, 'folder'>): string[] =>
  readFileSync(join(folder, 'hints.md'), 'utf8')
    .split(/^## .*$/m)
    .slice(1)
    .map((hint) => hint.trim());
