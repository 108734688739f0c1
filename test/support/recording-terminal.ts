import type { Terminal } from '../../bin/console/terminal.ts';

/** Returns a terminal that records the output of a command. */
export function screen() {
  const [out, said, progress]: [string[], string[], string[]] = [[], [], []];
  const terminal: Terminal = {
    out: (line) => void out.push(line),
    say: (line) => void said.push(line),
    progress: (line) => void progress.push(line),
    bold: (text) => text,
  };
  return {
    terminal,
    stdout: () => out.join('\n'),
    stderr: () => said.join('\n'),
    progress: (): readonly string[] => progress,
  };
}
