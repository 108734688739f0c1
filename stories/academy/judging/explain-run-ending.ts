import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Outcome, type RunEnding, UNUSABLE_FILE } from '../confinement/function/outcomes.ts';
import type { Problem } from './problem-report-and-checkpoint-types.ts';

export interface LearnerFile {
  readonly path: string;
  readonly source: string;
  /** Name of the function that the file must export. */
  readonly name: string;
}

const SECOND = 1_000;
/** Longest error message that is shown, in characters. */
const MAX_THROWN = 160;

/** Explains why a run ended before all calls returned. */
export function explain(ending: RunEnding, learner: LearnerFile): Problem {
  switch (ending.kind) {
    case 'load':
      return explainLoad(ending, learner);
    case 'import':
      return explainImport(ending.specifier, learner);
    case 'missing-export':
      return explainMissing(ending.exported, learner);
    case 'not-a-function':
      return {
        what: `your file exports ${learner.name} as ${withArticle(ending.type)}, not as a function`,
        why: 'the system calls this function for each event',
        fix: `Declare the function as \`export function ${learner.name}(…) { … }\``,
        line: lineOf(learner.source, learner.name),
      };
    case 'hang':
      return {
        what: `your code was still running after ${ending.milliseconds / SECOND} s`,
        why: 'a loop does not end; in the cloud, you would pay for each such request until its timeout',
        fix: 'Check the condition that ends the loop',
        line: lineIn(ending.stack ?? '', learner.path),
      };
    case 'pollution':
      return explainPollution(ending, learner);
    case 'killed':
      return KILLED[ending.why];
    case 'not-started':
      return {
        what: 'your code could not be started',
        why: 'the machine is too busy, or the confinement of your code does not work on this machine',
        fix: `Run the check again${ending.errors && `; the system said: ${ending.errors.trim().slice(0, MAX_THROWN)}`}`,
      };
  }
}

const withArticle = (type: string) => (type === 'null' ? 'null' : `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`);

const KILLED: Readonly<Record<'time' | 'memory' | 'output' | 'ended', Problem>> = {
  time: {
    what: 'all calls to your function together took too long',
    why: 'a request contains up to 500 events, and the client waits until your function has validated all of them',
    fix: 'Do less work for each event: do not wait, and avoid large strings and nested loops',
  },
  memory: {
    what: 'your code used more memory than its limit',
    why: 'a variable grows with each iteration or each call; in the cloud, the Lambda function would crash',
    fix: 'Look for an array, a map or a string that grows and is never emptied',
  },
  output: {
    what: 'the results of your function were too large',
    why: 'each result must be one small object: { ok: true, event } or { ok: false, code, reason }',
    fix: 'Return only these fields',
  },
  ended: {
    what: 'the process ended before your function had returned all results',
    why: 'your code ended its own process; in the cloud, all requests in progress would be lost',
    fix: 'End the function with `return`, and never end the process',
  },
};

function explainImport(specifier: string, { name, source }: LearnerFile): Problem {
  return {
    what: `your file imports '${specifier}'`,
    why: `${name} must be a pure function, so during a check your file may import only #domain, zod and files in its own folder`,
    fix: 'Remove the import; the arguments of the function contain all data that it needs',
    line: lineOf(source, specifier),
  };
}

/** Part of the parser's message for an export inside a block. */
const EXPORT_INSIDE = "'import', and 'export' cannot be used outside of module code";

function explainLoad({ code, message, stack }: Extract<RunEnding, { kind: 'load' }>, learner: LearnerFile): Problem {
  const line = lineIn(stack, learner.path);
  const what = message.split('\n')[0] ?? message;
  switch (code) {
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return {
        what,
        why: 'Node can only remove type annotations, but this syntax (for instance an enum or a namespace) must be converted to JavaScript',
        fix: 'Use a union of literals or a plain object instead',
        line,
      };
    case 'ERR_MODULE_NOT_FOUND':
    case 'ERR_PACKAGE_IMPORT_NOT_DEFINED':
      return {
        what,
        why: 'an import names a file that does not exist',
        fix: 'Correct the path of the import; it must end in .ts',
        line,
      };
    case UNUSABLE_FILE:
      return {
        what,
        why: 'the file is too large, or it is a link to a file of another kind',
        fix: 'Replace it by a file that contains only your function',
      };
    case 'ERR_REQUIRE_ASYNC_MODULE':
      return {
        what: 'your file contains an `await` outside any function',
        why: 'the system loads your file synchronously, so the file cannot wait for a promise',
        fix: 'Remove the `await`',
        line: lineOf(learner.source, 'await'),
      };
  }
  if (message.includes(EXPORT_INSIDE)) {
    return {
      what: 'SyntaxError: this export is inside a function',
      why: 'an opening brace { above this line has no closing brace }',
      fix: 'Add the missing brace; your editor highlights the brace that matches the one at the cursor',
      line,
    };
  }
  if (message.startsWith('SyntaxError')) {
    return { what, why: 'your code is not valid TypeScript', fix: 'Fix this line or the line before it', line };
  }
  return {
    what,
    why: 'code outside your functions threw an error when the file was loaded',
    fix: 'Fix this line',
    line,
  };
}

function explainMissing(exported: readonly string[], { name, source }: LearnerFile): Problem {
  const names = exported.filter((other) => other !== '__esModule');
  return {
    what: `your file exports no function named ${name}`,
    why: `the system looks for a function with this name, but your file exports ${names.join(', ') || 'nothing'}`,
    fix: `Declare the function as \`export function ${name}(…) { … }\``,
    line: lineOf(source, `function ${name}`) ?? lineOf(source, `const ${name}`) ?? lineOf(source, 'export '),
  };
}

function explainPollution(
  { object, property }: Extract<RunEnding, { kind: 'pollution' }>,
  { source }: LearnerFile,
): Problem {
  return {
    what: `your code changes ${object}.${property}`,
    why: 'all code in the process shares the built-in objects, so this change would affect other code',
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
export function lineIn(stack: string, path: string): number | undefined {
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
