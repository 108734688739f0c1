import type { Terminal } from '../../bin/console/terminal.ts';

/** A terminal that remembers: what a command put out, and what it said beside. */
export function screen() {
  const [out, said]: [string[], string[]] = [[], []];
  const terminal: Terminal = {
    out: (line) => void out.push(line),
    say: (line) => void said.push(line),
    progress: () => {},
    bold: (text) => text,
  };
  return { terminal, stdout: () => out.join('\n'), stderr: () => said.join('\n') };
}
