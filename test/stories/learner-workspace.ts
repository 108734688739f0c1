import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { findStep, type Step } from '../../stories/academy/catalogue/list-steps-and-find-files.ts';

const root = resolve(import.meta.dirname, '../..');

/** A learner's temporary workspace and terminal. The workspace is in the repository for imports such as `#domain/…`. */
export interface Learner extends Disposable {
  readonly workspace: string;
  /** Lines that the commands printed. */
  readonly lines: string[];
  readonly terminal: ReturnType<typeof recordingTerminal>;
  /** Writes code to the step's file. @returns its path */
  write(step: Step, code: string): string;
}

export function learner(): Learner {
  mkdirSync(join(root, '.agentbricks'), { recursive: true });
  const workspace = mkdtempSync(join(root, '.agentbricks/story-test-'));
  const lines: string[] = [];
  return {
    workspace,
    lines,
    terminal: recordingTerminal(lines),
    write: (step, code) => {
      const file = join(workspace, step.learnerFile);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, code);
      return file;
    },
    [Symbol.dispose]: () => rmSync(workspace, { recursive: true, force: true }),
  };
}

const recordingTerminal = (lines: string[]) => ({
  out: (line: string) => void lines.push(line),
  say: (line: string) => void lines.push(line),
  progress: () => undefined,
  bold: (text: string) => text,
});

export const firstStep = () => findStep('01.1');
export const codeOf = (step: Step, name: string): string => readFileSync(join(step.folder, name), 'utf8');
