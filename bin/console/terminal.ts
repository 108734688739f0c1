/** Output of a command: results go to stdout, everything else to stderr. */
export interface Terminal {
  /** Prints one line of the command's result to stdout. */
  out(line: string): void;
  /** Prints one line to stderr. */
  say(line: string): void;
  /**
   * Shows the current progress: a line on the screen that the next one overwrites. Prints nothing if stderr is not a
   * screen.
   */
  progress(line: string): void;
  readonly bold: (text: string) => string;
}

interface Streams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; hasColors?(): boolean };
}

const CLEAR_LINE = '\r\u001b[K';
const BOLD = ['\u001b[1m', '\u001b[22m'] as const;

/** Returns a terminal. Its text is plain if stderr is not a screen, or if colours are disabled (NO_COLOR, CI). */
export function terminal({ stdout, stderr }: Streams = process): Terminal {
  const onScreen = stderr.isTTY === true;
  for (const stream of [stdout, stderr]) stream.on('error', ignoreClosedPipe);
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

/** A reader such as `head` may close the pipe early. The command still finishes its work. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
