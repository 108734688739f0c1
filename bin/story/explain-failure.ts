import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Outcome } from '../../stories/checkpoint.ts';
import type { Ending } from './sandbox/run-trial.ts';

/** Reason, shown to a learner, why no check could run. */
export interface Problem {
  /** The error, with the wrong value. */
  readonly what: string;
  /** The cause, or why it matters. */
  readonly why: string;
  /** The next action. */
  readonly fix: string;
  /** Line number from 1, if it is known. */
  readonly line?: number;
}

export interface LearnerFile {
  readonly path: string;
  readonly source: string;
  /** Name of the function that the file must export. */
  readonly name: string;
}

const SECOND = 1_000;
/** Longest error message that is shown, in characters. */
const MAX_THROWN = 160;

/** Explains why a trial ended before all calls returned. */
export function explain(ending: Ending, learner: LearnerFile): Problem {
  switch (ending.kind) {
    case 'load':
      return explainLoad(ending, learner);
    case 'import':
      return explainImport(ending.specifier, learner);
    case 'missing-export':
      return explainMissing(ending.exported, learner);
    case 'not-a-function':
      return {
        what: `${learner.name} is exported as ${withArticle(ending.type)}, not as a function`,
        why: 'the system calls it for each event',
        fix: `Write \`export function ${learner.name}(…) { … }\``,
        line: lineOf(learner.source, learner.name),
      };
    case 'hang':
      return {
        what: `the code was still running after ${ending.milliseconds / SECOND} s`,
        why: 'a loop does not end; in the cloud, you would pay for each such request until its timeout',
        fix: 'Check the condition that ends the loop',
        line: ending.line,
      };
    case 'pollution':
      return explainPollution(ending, learner);
    case 'killed':
      return KILLED[ending.why];
  }
}

const withArticle = (type: string) => (type === 'null' ? 'null' : `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`);

const KILLED: Readonly<Record<'time' | 'memory' | 'output' | 'ended', Problem>> = {
  time: {
    what: 'all calls together took too long',
    why: 'a request has up to 500 events, and the client waits until all of them are validated',
    fix: 'Do less work per event: do not wait, and avoid large strings and nested loops',
  },
  memory: {
    what: 'the code used more memory than its limit',
    why: 'a value grows with each iteration or each call; in the cloud, it would crash the Lambda function',
    fix: 'Look for an array, a map or a string that only grows',
  },
  output: {
    what: 'the results were too large',
    why: 'a result is one small object: { ok: true, event } or { ok: false, code, reason }',
    fix: 'Return only the fields that the contract names',
  },
  ended: {
    what: 'the process ended before all calls returned',
    why: 'the code ended its own process; in the cloud, all requests in progress would be lost',
    fix: 'Use `return`, and never end the process',
  },
};

function explainImport(specifier: string, { name, source }: LearnerFile): Problem {
  return {
    what: `the file imports '${specifier}'`,
    why: `${name} is a pure function: during a check it may import only #domain, zod and files of its own folder`,
    fix: 'Remove the import: the function gets everything that it needs in its arguments',
    line: lineOf(source, specifier),
  };
}

function explainLoad({ code, message, stack }: Extract<Ending, { kind: 'load' }>, learner: LearnerFile): Problem {
  const line = lineIn(stack, learner.path);
  const what = message.split('\n')[0] ?? message;
  switch (code) {
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return {
        what,
        why: 'Node only removes type annotations, and this syntax (such as an enum or a namespace) also produces code',
        fix: 'Use a union of literals or a plain object instead',
        line,
      };
    case 'ERR_MODULE_NOT_FOUND':
    case 'ERR_PACKAGE_IMPORT_NOT_DEFINED':
      return { what, why: 'an import names a file that does not exist', fix: 'Correct the path; it ends in .ts', line };
    case 'ERR_REQUIRE_ASYNC_MODULE':
      return {
        what: 'there is an `await` outside any function',
        why: 'the file is loaded synchronously',
        fix: 'Remove the `await`',
        line: lineOf(learner.source, 'await'),
      };
  }
  if (message.startsWith('SyntaxError')) {
    return { what, why: 'the code is not valid TypeScript', fix: 'Fix this line or the line before it', line };
  }
  return {
    what,
    why: 'the code at the top level threw an error while the file was loaded',
    fix: 'Fix this line',
    line,
  };
}

function explainMissing(exported: readonly string[], { name, source }: LearnerFile): Problem {
  const names = exported.filter((other) => other !== '__esModule');
  return {
    what: `the file exports no function named ${name}`,
    why: `the system finds your code by that name, but the file exports ${names.join(', ') || 'nothing'}`,
    fix: `Write \`export function ${name}(…) { … }\``,
    line: lineOf(source, `function ${name}`) ?? lineOf(source, 'export '),
  };
}

function explainPollution(
  { object, property }: Extract<Ending, { kind: 'pollution' }>,
  { source }: LearnerFile,
): Problem {
  return {
    what: `the code changes ${object}.${property}`,
    why: 'all code in the process shares the built-in objects, so the change affects all of it',
    fix: 'Store your data in your own variables',
    line: lineOf(source, object.split('.')[0] ?? object, property) ?? lineOf(source, property),
  };
}

/** Describes the outcome of a call that did not return a plain object. */
export function describeOutcome(outcome: Exclude<Outcome, { kind: 'value' }>, learner: LearnerFile): string {
  const { path, source, name } = learner;
  const at = (line: number | undefined) => (line ? ` (${basename(path)}:${line})` : '');
  switch (outcome.kind) {
    case 'unusable':
      return outcome.described;
    case 'promise':
      return `a JavaScript Promise: ${name} must return its result directly, without async${at(lineOf(source, 'async', name))}`;
    case 'threw':
      return `it threw ${outcome.message.replace(/\s+/g, ' ').slice(0, MAX_THROWN)}${at(lineIn(outcome.stack, path))}`;
  }
}

/** Returns the first line number of the file in a stack trace, which names the file by path or URL. */
function lineIn(stack: string, path: string): number | undefined {
  for (const name of [`${path}:`, `${pathToFileURL(path).href}:`]) {
    const at = stack.indexOf(name);
    const line = at < 0 ? Number.NaN : Number.parseInt(stack.slice(at + name.length), 10);
    if (!Number.isNaN(line)) return line;
  }
  return undefined;
}

/** Returns the number of the first line that contains all of the strings. */
function lineOf(source: string, ...texts: readonly string[]): number | undefined {
  const index = source.split('\n').findIndex((line) => texts.every((text) => line.includes(text)));
  return index < 0 ? undefined : index + 1;
}
