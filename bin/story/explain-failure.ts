import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Outcome } from '../../stories/checkpoint.ts';
import type { Ending } from './sandbox/run-trial.ts';

/** Why a file could not be judged, in words that teach. */
export interface Problem {
  /** The fact, with what is at fault. */
  readonly what: string;
  /** Why that is so, or why it matters. */
  readonly why: string;
  /** The next action. */
  readonly fix: string;
  /** From 1, where it is known. */
  readonly line?: number;
}

/** The learner's file, as far as words about it need it. */
export interface Learners {
  readonly path: string;
  readonly source: string;
  /** The function that it has to export. */
  readonly name: string;
}

const SECOND = 1_000;
const MAX_THROWN = 160;
const TYPE_ONLY = 'Node runs TypeScript by leaving the types out; what stands for code at run time cannot be left out';

/** Everything that can end a trial, explained. */
export function explain(ending: Ending, learners: Learners): Problem {
  switch (ending.kind) {
    case 'load':
      return explainLoad(ending, learners);
    case 'import':
      return {
        what: `the file imports '${ending.specifier}'`,
        why: `${learners.name} is a pure function: in the check it may import #domain, zod and files of its own folder`,
        fix: 'Remove the import; all that the function needs comes in its arguments',
        line: lineOf(learners.source, ending.specifier),
      };
    case 'missing-export':
      return explainMissing(ending.exported, learners);
    case 'not-a-function':
      return {
        what: `${learners.name} is exported as ${article(ending.type)}, not as a function`,
        why: 'the system calls it for each event',
        fix: `Write \`export function ${learners.name}(…) { … }\``,
        line: lineOf(learners.source, learners.name),
      };
    case 'hang':
      return {
        what: `the code was still running after ${ending.milliseconds / SECOND} s`,
        why: 'a loop does not end; in the cloud each such request would be paid for until its time-out',
        fix: 'Look at the condition that ends the loop',
        line: ending.line,
      };
    case 'pollution':
      return explainPollution(ending, learners);
    case 'killed':
      return KILLED[ending.why];
  }
}

const article = (type: string) => (type === 'null' ? 'null' : `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`);

const KILLED: Readonly<Record<'time' | 'memory' | 'output' | 'ended', Problem>> = {
  time: {
    what: 'the calls took too long, all together',
    why: 'a request brings up to 500 events, and all are judged before the client gets its answer',
    fix: 'Do the same work with less: no waiting, no large strings, no loops over loops',
  },
  memory: {
    what: 'the code used more memory than it may have',
    why: 'something grows with every step of a loop, or from call to call; the whole Lambda function would die of it',
    fix: 'Look for an array, a map or a string that only ever grows',
  },
  output: {
    what: 'the answers were far too large',
    why: 'an answer is one small object: { ok: true, event } or { ok: false, code, reason }',
    fix: 'Return only what the contract names',
  },
  ended: {
    what: 'the process ended before all calls were answered',
    why: 'the code stopped the process that runs it; in the cloud all requests under way there would be lost',
    fix: 'Answer by `return`; never end the process',
  },
};

function explainLoad({ code, message, stack }: Extract<Ending, { kind: 'load' }>, { path, source }: Learners): Problem {
  const line = lineIn(stack, path);
  const told = message.split('\n')[0] ?? message;
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return { what: told, why: TYPE_ONLY, fix: 'Use a union of literals, or a plain object, in its place', line };
  }
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_PACKAGE_IMPORT_NOT_DEFINED') {
    return { what: told, why: 'an import names a file that is not there', fix: 'Mend the path, with its .ts', line };
  }
  if (code === 'ERR_REQUIRE_ASYNC_MODULE') {
    const why = 'the function is loaded in one go, without waiting';
    return {
      what: 'there is an `await` outside of any function',
      why,
      fix: 'Remove it',
      line: lineOf(source, 'await'),
    };
  }
  if (message.startsWith('SyntaxError')) {
    return { what: told, why: 'this is no TypeScript yet', fix: 'Mend this line, or the one before it', line };
  }
  return { what: told, why: 'the code at the top of the file threw while it was loaded', fix: 'Mend this line', line };
}

function explainMissing(exported: readonly string[], { name, source }: Learners): Problem {
  const names = exported.filter((other) => other !== '__esModule');
  const others = names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`;
  return {
    what: `the file exports no function named ${name}`,
    why: `the system finds your code by that name; ${others}`,
    fix: `Write \`export function ${name}(…) { … }\``,
    line: lineOf(source, `function ${name}`) ?? lineOf(source, 'export '),
  };
}

function explainPollution({ object, property }: Extract<Ending, { kind: 'pollution' }>, { source }: Learners): Problem {
  return {
    what: `the code changes ${object}.${property}`,
    why: 'built-in objects belong to everybody: the change would reach all other code in the process',
    fix: 'Keep your own data in variables of your own',
    line: lineOf(source, object.split('.')[0] ?? object, property) ?? lineOf(source, property),
  };
}

/** A call that did not answer with a plain value, in words. */
export function inWords(outcome: Exclude<Outcome, { kind: 'value' }>, learners: Learners): string {
  const { path, source, name } = learners;
  const at = (line: number | undefined) => (line ? ` (${basename(path)}:${line})` : '');
  switch (outcome.kind) {
    case 'odd':
      return outcome.described;
    case 'promise':
      return `a promise: ${name} must answer at once, without async${at(lineOf(source, 'async', name))}`;
    case 'threw':
      return `it threw ${outcome.message.replace(/\s+/g, ' ').slice(0, MAX_THROWN)}${at(lineIn(outcome.stack, path))}`;
  }
}

/** The first line of the file that a stack names, by its path or as a URL. */
function lineIn(stack: string, path: string): number | undefined {
  for (const name of [`${path}:`, `${pathToFileURL(path).href}:`]) {
    const at = stack.indexOf(name);
    const line = at < 0 ? Number.NaN : Number.parseInt(stack.slice(at + name.length), 10);
    if (!Number.isNaN(line)) return line;
  }
  return undefined;
}

/** The first line that holds all of these texts. */
function lineOf(source: string, ...texts: readonly string[]): number | undefined {
  const index = source.split('\n').findIndex((line) => texts.every((text) => line.includes(text)));
  return index < 0 ? undefined : index + 1;
}
