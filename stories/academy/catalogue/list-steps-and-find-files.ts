import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BrickError } from '#domain/core/brick-error.ts';
import type { Checkpoint } from '../judging/problem-report-and-checkpoint-types.ts';
import type { ExampleChecks } from '../runners/check-learners-examples-against-mutants.ts';
import { type FrontMatter, readFrontMatter } from './front-matter.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const STORY = join(ROOT, 'stories/movie-recommender');

/** One exercise of the story, without its checks. */
export interface StepSummary extends FrontMatter {
  /** Brick and number, such as 01.1. */
  readonly id: string;
  /** Absolute path of the folder with page, exercise, checks and hints. */
  readonly folder: string;
  /** Path in a workspace, such as 01.1-validate-events/validate-event.ts. */
  readonly learnerFile: string;
}

/** One exercise of the story. */
export interface Step extends StepSummary {
  readonly checkpoint: Checkpoint;
  /** How to judge the examples that learners write before the code. @default - the step asks for none */
  readonly examples?: ExampleChecks;
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

class StepFileUnreadable extends BrickError {
  override readonly code = 'BRICK_STEP_FILE_UNREADABLE';
  constructor(file: string) {
    super({
      what: `${file} is not a file`,
      why: 'your code of this step belongs in a file with this name; a folder or a device has the name now',
      fix: 'Rename what stands there, and save your code under this name',
    });
  }
}

/**
 * Returns all steps in their order, without their checks, which take seconds to load. The folders of the story are the
 * only list of steps.
 */
export const allSteps = (): StepSummary[] => stepFolders().map(summaryOf);

/** Finds a step by its id, without its checks. @throws UnknownStep */
export function findSummary(id: string): StepSummary {
  const folders = stepFolders();
  const path = folders.find((folder) => idOf(folder) === id.trim());
  if (!path) throw new UnknownStep(id, folders.map(idOf));
  return summaryOf(path);
}

/** Finds a step by its id. @throws UnknownStep */
export async function findStep(id: string): Promise<Step> {
  const summary = findSummary(id);
  const check = pathToFileURL(join(summary.folder, 'check.ts')).href;
  const { checkpoint, examples } = (await import(check)) as Pick<Step, 'checkpoint' | 'examples'>;
  return { ...summary, checkpoint, ...(examples && { examples }) };
}

const stepFolders = (): string[] =>
  globSync('[0-9][0-9]-*/[0-9][0-9]-*/README.md', { cwd: STORY })
    .map((page) => dirname(page))
    .filter((folder) => existsSync(join(STORY, folder, 'check.ts')))
    .sort();

/** @param path of the step's folder, relative to the story's */
function summaryOf(path: string): StepSummary {
  const folder = join(STORY, path);
  const page = join(folder, 'README.md');
  const frontMatter = readFrontMatter(readFileSync(page, 'utf8'), shown(page));
  const learnerFolder = `${idOf(path)}-${basename(folder).slice(NUMBER.length)}`;
  const learnerFile = join(learnerFolder, frontMatter.seams[0]?.file ?? '');
  return { ...frontMatter, id: idOf(path), folder, learnerFile };
}

type Program = 'exercise' | 'solution';

/** Returns the path of a step's program. Its extension is that of the learner's file. */
export function programFileOf({ folder }: Pick<Step, 'folder'>, name: Program): string {
  const file = readdirSync(folder).find((each) => each.startsWith(`${name}.`));
  if (file === undefined) throw new Error(`${shown(folder)} contains no ${name}`);
  return join(folder, file);
}

/** Returns the text of a step's program. */
export const programOf = (step: Pick<Step, 'folder'>, name: Program): string =>
  readFileSync(programFileOf(step, name), 'utf8');

/** Sample of the number at the start of a folder's name. Only its length is used. */
const NUMBER = '01-';

/** Returns the id of a step's folder: 01-data-collection/01-validate-events is 01.1. */
const idOf = (folder: string): string =>
  `${dirname(folder).slice(0, NUMBER.length - 1)}.${Number.parseInt(basename(folder), 10)}`;

/** Returns the absolute path of the learner's file of a step. @throws StepNotStarted, StepFileUnreadable */
export function startedFile({ id, learnerFile }: Step, workspace: string): string {
  const file = join(workspace, learnerFile);
  const status = statSync(file, { throwIfNoEntry: false });
  if (!status) throw new StepNotStarted(id, shown(file));
  if (!status.isFile()) throw new StepFileUnreadable(shown(file));
  return file;
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
