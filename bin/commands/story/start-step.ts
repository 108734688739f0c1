import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findStep, type Step, shown } from '../../../stories/academy/catalogue/find-step.ts';
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

/** Copies an exercise to the learner's workspace. Never changes an existing file. @throws UnknownStep */
export async function start(id: string, options: StartOptions, terminal: Terminal): Promise<number> {
  const { workspace = DEFAULT_WORKSPACE } = options;
  const step = await findStep(id);
  const file = join(workspace, step.learnerFile);
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true });
  writeNewFile(join(workspace, 'tsconfig.json'), TSCONFIG);
  writeNewFile(join(folder, 'README.md'), readFileSync(join(step.folder, 'README.md')));
  const isNew = writeNewFile(file, readFileSync(join(step.folder, 'exercise.ts')));
  for (const line of isNew ? newLines(step, file, terminal) : existingLines(step, file)) terminal.out(line);
  return 0;
}

const newLines = ({ id, title }: Step, file: string, { bold }: Terminal): string[] => [
  bold(`${id} ${title}`),
  `  Read   ${shown(join(dirname(file), 'README.md'))}`,
  `  Write  ${shown(file)}, at the TODO`,
  `  Then   npx agentbricks check ${id}`,
];

function existingLines({ id }: Step, file: string): string[] {
  const folder = dirname(file);
  const backup = join(folder, freeName(folder, `${basename(file, '.ts')}.mine.ts`));
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
function freeName(folder: string, wanted: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : wanted.replace('.ts', `-${n}.ts`);
    if (!existsSync(join(folder, name))) return name;
  }
}
