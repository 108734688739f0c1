import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BrickError } from '#domain/core/errors.ts';
import { SEAM_FILES } from '#domain/events/seam-types.ts';
import type { Checkpoint } from '../../stories/checkpoint.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const STORY = join(ROOT, 'stories/movie-recommender');

/** One exercise of the story. */
export interface Step {
  /** Brick and number: 01.1. */
  readonly id: string;
  /** As a person says it: validate events. */
  readonly title: string;
  /** Where exercise, check and hints stand; absolute. */
  readonly folder: string;
  /** The function that is written in it. */
  readonly seam: Checkpoint['seam'];
  readonly promises: Checkpoint['promises'];
  /** Relative to a workspace: 01.1-validate-events/validate-event.ts. */
  readonly learnerFile: string;
}

export class UnknownStep extends BrickError {
  override readonly code = 'BRICK_UNKNOWN_STEP';
  constructor(id: string, known: readonly string[]) {
    super({
      what: `there is no step ${id}`,
      why: `the story has ${known.join(', ')}`,
      fix: `Name one of them: npx agentbricks start ${known[0] ?? ''}`,
    });
  }
}

export class NotStarted extends BrickError {
  override readonly code = 'BRICK_STEP_NOT_STARTED';
  constructor(id: string, file: string) {
    super({
      what: `${file} is not there`,
      why: 'the step was not started, or its file was moved',
      fix: `Get it with npx agentbricks start ${id}`,
    });
  }
}

/** Folders are the order of the story; there is no list besides them. @throws UnknownStep */
export async function findStep(id: string): Promise<Step> {
  const folders = globSync('[0-9][0-9]-*/[0-9][0-9]-*/', { cwd: STORY }).sort();
  const found = folders.find((folder) => idOf(folder) === id.trim());
  if (!found) throw new UnknownStep(id, folders.map(idOf));
  const folder = join(STORY, found);
  const { checkpoint } = (await import(pathToFileURL(join(folder, 'check.ts')).href)) as { checkpoint: Checkpoint };
  const name = basename(folder).slice(NUMBER.length);
  const learnerFile = join(`${idOf(found)}-${name}`, `${SEAM_FILES[checkpoint.seam]}.ts`);
  return { id: idOf(found), title: name.replaceAll('-', ' '), folder, learnerFile, ...checkpoint };
}

const NUMBER = '01-';

/** 01-data-collection/01-validate-events is step 01.1. */
const idOf = (folder: string): string =>
  `${dirname(folder).slice(0, NUMBER.length - 1)}.${Number.parseInt(basename(folder), 10)}`;

/** The learner's file of a step, absolute. @throws NotStarted */
export function startedFile({ id, learnerFile }: Step, workspace: string): string {
  const file = join(workspace, learnerFile);
  if (existsSync(file)) return file;
  throw new NotStarted(id, shown(file));
}

/** A path as it is told: from where the reader stands, if it lies below. */
export function shown(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith('..') ? path : below;
}

/** Three in each step, each stronger than the one before it. */
export const hintsOf = ({ folder }: Pick<Step, 'folder'>): string[] =>
  readFileSync(join(folder, 'hints.md'), 'utf8')
    .split(/^## .*$/m)
    .slice(1)
    .map((hint) => hint.trim());
