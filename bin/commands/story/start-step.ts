import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { withoutFrontMatter } from '../../../stories/academy/catalogue/front-matter.ts';
import { findStep, programOf, type Step, shown } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { DEFAULT_WORKSPACE } from '../../../stories/academy/workspace/workspace-paths.ts';
import { writeNewFile } from '../../../stories/academy/workspace/write-new-file.ts';
import type { Terminal } from '../../console/terminal.ts';

export interface StartOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
}

/**
 * Content of the workspace's tsconfig.json. Editors need it to resolve the types and #aliases of the learner's files.
 */
const TSCONFIG = `${JSON.stringify({ extends: '../tsconfig.json', include: ['.'], exclude: [] }, null, 2)}\n`;

/** Asks a coding assistant to coach the learner, and not to write the code. */
const AGENTS = resolve(import.meta.dirname, '../../../stories/academy/workspace/AGENTS.md');

/** Copies an exercise to the learner's workspace. Never changes an existing file. @throws UnknownStep */
export async function start(id: string, options: StartOptions, terminal: Terminal): Promise<number> {
  const { workspace = DEFAULT_WORKSPACE } = options;
  const step = await findStep(id);
  const file = join(workspace, step.learnerFile);
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true });
  writeNewFile(join(workspace, 'tsconfig.json'), TSCONFIG);
  writeNewFile(join(workspace, 'AGENTS.md'), readFileSync(AGENTS));
  writeNewFile(join(folder, 'README.md'), withoutFrontMatter(readFileSync(join(step.folder, 'README.md'), 'utf8')));
  copyExamples(step, folder);
  const isNew = writeNewFile(file, programOf(step, 'exercise'));
  const examples = examplesFile(step, workspace);
  for (const line of isNew ? newLines(step, file, examples, terminal) : existingLines(step, file)) terminal.out(line);
  return 0;
}

const EXAMPLES = 'examples.ts';

/** Returns the path of the learner's examples, or undefined if the step asks for none. */
export function examplesFile({ folder, learnerFile }: Step, workspace: string): string | undefined {
  return existsSync(join(folder, EXAMPLES)) ? join(workspace, dirname(learnerFile), EXAMPLES) : undefined;
}

/** Copies the file for the learner's examples, if the step has one. */
function copyExamples({ folder }: Step, to: string): void {
  const examples = join(folder, EXAMPLES);
  if (existsSync(examples)) writeNewFile(join(to, EXAMPLES), readFileSync(examples));
}

function newLines({ id, title }: Step, file: string, examples: string | undefined, { bold }: Terminal): string[] {
  return [
    bold(`${id} ${title}`),
    `  Read   ${shown(join(dirname(file), 'README.md'))}`,
    ...(examples === undefined ? [] : [`  Write  ${shown(examples)}: your examples come first`]),
    `  Write  ${shown(file)}, at the TODO`,
    `  Then   npx agentbricks check ${id}`,
  ];
}

function existingLines({ id }: Step, file: string): string[] {
  const folder = dirname(file);
  const extension = extname(file);
  const backup = join(folder, freeName(folder, `${basename(file, extension)}.mine`, extension));
  return [
    `${shown(file)} exists: it was not changed.`,
    `  To continue   npx agentbricks check ${id}`,
    `  To start over mv ${shown(file)} ${shown(backup)}`,
    `                npx agentbricks start ${id}`,
  ];
}

/**
 * Returns the wanted file name, or one with a number if that file exists, so that the suggested `mv` overwrites
 * nothing.
 */
function freeName(folder: string, name: string, extension: string): string {
  for (let n = 1; ; n++) {
    const wanted = `${name}${n === 1 ? '' : `-${n}`}${extension}`;
    if (!existsSync(join(folder, wanted))) return wanted;
  }
}
