import { lineIn } from '../../judging/explain-run-ending.ts';
import type { CheckReport, Problem } from '../../judging/problem-report-and-checkpoint-types.ts';
import type { Report } from './protocol.ts';
import type { Stopped } from './run-syntheses.ts';

interface Source {
  /** Absolute path of the learner's file. */
  readonly path: string;
  readonly text: string;
  /** Name of the function that the file must export. */
  readonly name: string;
  readonly inSources: (stack: string) => string;
}

/** Longest error message that is shown, in characters. */
const MAX_THROWN = 300;

/** Explains a report that is not a template. */
export function explainReport(report: Report, { path, text, name, inSources }: Source): Problem | undefined {
  const shown = (message: string) => message.split('\n')[0]?.slice(0, MAX_THROWN) ?? '';
  switch (report.kind) {
    case 'threw':
      return {
        what: `the synthesis of the stack threw: ${shown(report.message)}`,
        why: '`cdk deploy` would stop with the same error before it changes anything',
        fix: 'Fix this line',
        line: lineIn(inSources(report.stack), path) ?? lineOf(text, name),
      };
    case 'load-failed':
      return {
        what: shown(report.message),
        why: 'code outside your function threw an error when the file was loaded',
        fix: 'Fix this line',
        line: lineIn(inSources(report.stack), path),
      };
    case 'not-a-function': {
      const { type, exported } = report;
      const what =
        type === 'missing' ? `your file exports no function named ${name}` : `your file exports ${name} as ${type}`;
      return {
        what,
        why: `the stack calls a function with this name, but your file exports ${exported.join(', ') || 'nothing'}`,
        fix: `Declare the function as \`export function ${name}(…) { … }\``,
        line: lineOf(text, name),
      };
    }
    default:
      return undefined;
  }
}

/** Returns the number of the first line that contains a word. */
function lineOf(text: string, word: string): number | undefined {
  const index = text.split('\n').findIndex((line) => line.includes(word));
  return index < 0 ? undefined : index + 1;
}

const BUSY: Problem = {
  what: 'the synthesis did not finish in time',
  why: 'the machine is too busy, or the confinement of your code does not work on this machine',
  fix: 'Run the check again',
};

export function explainStop(stopped: Stopped): Pick<CheckReport, 'outcome' | 'problem'> {
  if (stopped === 'time' || stopped === 'not started') return { outcome: 'could not judge', problem: BUSY };
  return { outcome: 'failed', problem: STOPPED[stopped] };
}

const STOPPED: Readonly<Record<'processor' | 'memory' | 'output' | 'ended', Problem>> = {
  processor: {
    what: 'your construct used too much processor time',
    why: 'a loop does not end',
    fix: 'Check the condition that ends the loop',
  },
  memory: {
    what: 'your construct used too much memory',
    why: 'a variable or the CDK stack grows without a limit',
    fix: 'Look for a loop that creates resources',
  },
  output: {
    what: 'the template or the output of your code is too large',
    why: 'CloudFormation accepts templates of at most 1 MB',
    fix: 'Look for a loop that creates resources or prints',
  },
  ended: {
    what: 'the process ended before the stack was synthesised',
    why: 'your code ended its own process; `cdk deploy` would deploy nothing',
    fix: 'Return from the function, and never end the process',
  },
};
