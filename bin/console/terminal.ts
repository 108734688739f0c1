/** Where a command speaks: data on stdout, everything else on stderr. */
export interface Terminal {
  /** A line of the command's result. */
  out(line: string): void;
  /** A line that stays. */
  say(line: string): void;
  /** What is going on now: one line that is written over, on a screen; nothing in a log. */
  progress(line: string): void;
  readonly bold: (text: string) => string;
}

interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; hasColors?(): boolean };
}

const CLEAR_LINE = '\r\u001b[K';
const BOLD = ['\u001b[1m', '\u001b[22m'] as const;

/** A terminal; plain where stderr is no screen or colours are not wanted (NO_COLOR, CI). */
export function terminal({ stdout, stderr }: Streams = process): Terminal {
  const onScreen = stderr.isTTY === true;
  const colours = onScreen && stderr.hasColors?.() === true;
  let unfinished = false;
  const clear = () => {
    if (unfinished) stderr.write(CLEAR_LINE);
    unfinished = false;
  };
  return {
    out: (line) => {
      clear();
      stdout.write(`${line}\n`);
    },
    say: (line) => {
      clear();
      stderr.write(`${line}\n`);
    },
    progress: (line) => {
      if (!onScreen) return;
      stderr.write(`${CLEAR_LINE}${line}`);
      unfinished = true;
    },
    bold: (text) => (colours ? `${BOLD[0]}${text}${BOLD[1]}` : text),
  };
}

/** Rows as text, each column as wide as its widest cell; numbers to the right. The first row is the header. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) => row.map((cell, i) => padded(cell, widths[i] ?? 0, i)).join('   '));
}

const padded = (cell: string, width: number, column: number) =>
  column === 0 ? cell.padEnd(width) : cell.padStart(width);

export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
