import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Terminal } from '../../console/terminal.ts';
import { findStep, type Step, shown } from '../../story/steps.ts';
import { DEFAULT_WORKSPACE } from '../../story/workspace.ts';
import { writeOnce } from '../../story/write-new-file.ts';

export interface StartOptions {
  /** @default - workspace/ of this repository */
  readonly workspace?: string;
}

/** So that an editor knows the types and the #aliases in the learner's files. */
const TSCONFIG = `${JSON.stringify({ extends: '../tsconfig.json', include: ['.'], exclude: [] }, null, 2)}\n`;

/**
 * Copies an exercise into the learner's workspace. What is there already stays, to the last byte.
 *
 * @throws UnknownStep
 */
export async function start(id: string, options: StartOptions, terminal: Terminal): Promise<number> {
  const { workspace = DEFAULT_WORKSPACE } = options;
  const step = await findStep(id);
  const file = join(workspace, step.learnerFile);
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true });
  writeOnce(join(workspace, 'tsconfig.json'), TSCONFIG);
  writeOnce(join(folder, 'README.md'), readFileSync(join(step.folder, 'README.md')));
  if (writeOnce(file, readFileSync(join(step.folder, 'exercise.ts')))) begin(step, file, terminal);
  else goOn(step, file, terminal);
  return 0;
}

function begin({ id, title }: Step, file: string, terminal: Terminal): void {
  terminal.out(terminal.bold(`${id} ${title}`));
  terminal.out(`  Read   ${shown(join(dirname(file), 'README.md'))}`);
  terminal.out(`  Write  ${shown(file)}, at the TODO`);
  terminal.out(`  Then   npx agentbricks check ${id}`);
}

function goOn({ id }: Step, file: string, terminal: Terminal): void {
  const kept = `${basename(file, '.ts')}.mine.ts`;
  terminal.out(`${shown(file)} is there already: your work stays as it is.`);
  terminal.out(`  To go on      npx agentbricks check ${id}`);
  terminal.out(`  To start over mv ${shown(file)} ${shown(join(dirname(file), freeName(dirname(file), kept)))}`);
  terminal.out(`                npx agentbricks start ${id}`);
}

/** A name that nothing has yet, so that the advice to move a file overwrites nothing either. */
function freeName(folder: string, wanted: string): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? wanted : wanted.replace('.ts', `-${n}.ts`);
    if (!existsSync(join(folder, name))) return name;
  }
}
