import { basename } from 'node:path';
import type { Problem } from '../../judging/problem-report-and-checkpoint-types.ts';
import type { PythonOutcome } from './protocol.ts';
import type { PythonEnding } from './run-python.ts';
import type { PythonLimits } from './start-and-message-python-process.ts';

export interface PythonFile {
  readonly path: string;
  readonly source: string;
  /** Name of the function that the file must define. */
  readonly name: string;
}

const SECOND = 1_000;
/** Longest error message that is shown, in characters. */
const MAX_SHOWN = 240;
/** Share of a time limit. If the code got less processor time, the machine was too busy, or the code waited. */
const BUSY = 0.5;

/** Whether a run may have ended only because the machine was too busy, which says nothing about the code. */
export const isStarved = (ending: PythonEnding | undefined, limits: PythonLimits): boolean =>
  ending?.kind === 'not-started' || (ending?.kind === 'hang' && ending.cpuMs < BUSY * limits.call);

/** Explains why a run ended before all calls had returned. */
export function explainPython(ending: PythonEnding, { path, name }: PythonFile, limits: PythonLimits): Problem {
  switch (ending.kind) {
    case 'load':
      return explainLoad(ending);
    case 'missing':
      return {
        what: `your file defines no function named ${name}`,
        why: `the trainer calls a function with this name, but your file defines ${ending.defined.join(', ') || 'nothing'}`,
        fix: `Define it as \`def ${name}(…)\` at the beginning of a line`,
      };
    case 'hang':
      return {
        what: `your code was still running after ${limits.call / SECOND} s`,
        why: 'a loop does not end, or the code waits; in the cloud, you would pay for the machine until its timeout',
        fix: 'Look at the line that was running',
        line: ending.line ?? undefined,
      };
    case 'killed':
      return KILLED[ending.why];
    case 'not-started':
      return {
        what: "the trainer's Python could not be started",
        why: 'the machine is too busy, or the confinement of your code does not work on this machine',
        fix: `Run the check again${ending.errors && `; the system said: ${lastLine(ending.errors)} (${basename(path)})`}`,
      };
  }
}

/** The problem of a machine on which the trainer's environment has not been prepared. */
export const NO_TRAINER: Problem = {
  what: "the trainer's Python environment does not exist",
  why: 'this step needs Python with PyTorch (about 400 MB), which the first run of `npm start` installs',
  fix: 'Run `npm start` until it prints "Trainer: ready", stop it, and run the check again',
};

const KILLED: Readonly<Record<'time' | 'memory' | 'output' | 'ended', Problem>> = {
  time: {
    what: 'your code took too long in total',
    why: 'one long operation does more work than the export of a dozen titles needs',
    fix: 'Find the operation whose time grows with the size of its data, and give it less data',
  },
  memory: {
    what: 'your code used more memory than its limit',
    why: 'an array grows with each iteration, or it has one dimension too many; the trainer would run out of memory',
    fix: 'Print the shapes of your arrays, and look for the one that is too large',
  },
  output: {
    what: 'your code printed or wrote more than its limit',
    why: 'a loop prints too much, or your code writes a file that is far larger than the model',
    fix: 'Print less, and write only the files of the model',
  },
  ended: {
    what: 'the process ended before your function had returned',
    why: 'your code ended its own process, or a native library crashed; the trainer would stop without a manifest',
    fix: 'Never end the process: return, or raise an error',
  },
};

/** Python's messages about a file that is not text in the encoding that Python expects. */
const NOT_TEXT = /null bytes|^byte 0x|encoding/;

const NOT_UTF_8 = {
  why: 'Python reads a source file as UTF-8, unless one of the first two lines declares another encoding; this file has other bytes',
  fix: 'Save the file as UTF-8 in your editor, and replace the wrong character of this line',
};

function explainLoad({ type, message, line }: Extract<PythonEnding, { kind: 'load' }>): Problem {
  const at = { line: line ?? undefined };
  if (type === 'SyntaxError' && NOT_TEXT.test(message)) return { ...NOT_UTF_8, what: `${type}: ${message}`, ...at };
  if (type === 'SyntaxError' || type === 'IndentationError' || type === 'TabError') {
    return {
      what: `${type}: ${message}`,
      why: 'your file is not valid Python',
      fix: 'Fix this line or the one before',
      ...at,
    };
  }
  if (type === 'ModuleNotFoundError' || type === 'ImportError') {
    return {
      what: `${type}: ${message}`,
      why: "your file imports a package that the trainer's environment lacks, or a name that the module lacks",
      fix: 'Correct the import; the trainer has PyTorch, NumPy, ONNX, ONNX Runtime and FAISS',
      ...at,
    };
  }
  return {
    what: `${type}: ${shortened(message)}`,
    why: 'code outside your functions raised an error when the file was loaded',
    fix: 'Fix this line',
    ...at,
  };
}

/** Describes the outcome of a call, for a learner. */
export function describePython(outcome: PythonOutcome | undefined, path: string): string {
  switch (outcome?.kind) {
    case undefined:
      return 'no result';
    case 'returned':
      return 'it returned';
    case 'unusable':
      return `a result that cannot be judged: ${shortened(outcome.described)}`;
    case 'raised': {
      const at = outcome.line === null ? '' : ` (${basename(path)}:${outcome.line})`;
      return `it raised ${outcome.type}: ${shortened(outcome.message)}${at}`;
    }
  }
}

const shortened = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
};
const lastLine = (text: string): string => shortened(text.trim().split('\n').at(-1) ?? '');
