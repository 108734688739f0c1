import { basename } from 'node:path';
import type { Problem } from '../../judging/problem-report-and-checkpoint-types.ts';
import type { QueryEnding } from './collect-outcomes-from-query-process.ts';
import type { QueryError, Rejection } from './message-types.ts';

/** A learner's file of SQL. */
export interface QueryFile {
  readonly path: string;
  readonly source: string;
  /** Names of the tables that the check creates. */
  readonly tables: readonly string[];
}

const SECOND = 1_000;
const MAX_MESSAGE = 300;

/** Converts an offset in bytes of UTF-8 to a line and a column, both from 1. */
export function placeOf(source: string, position: number): { readonly line: number; readonly column: number } {
  const before = Buffer.from(source).subarray(0, position).toString('utf8');
  const start = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: before.length - start + 1 };
}

/** Describes an error of DuckDB on one line, with its place in the file. */
export function describeError({ message, position }: QueryError, { path, source }: QueryFile): string {
  const text = firstLineOf(message);
  if (position === undefined) return text;
  const { line, column } = placeOf(source, position);
  return `${text} (${basename(path)}:${line}:${column})`;
}

/** Explains an error with which the query ended for all tables of the check. */
export function explainError(error: QueryError, file: QueryFile): Problem {
  const { why, fix } = reasonFor(error, file);
  return { ...problemAt(error, file), why, fix };
}

/** Explains why a run ended early. */
export function explainEnding(ending: QueryEnding, file: QueryFile): Problem {
  switch (ending.kind) {
    case 'rejected':
      return explainRejection(ending.rejection, file);
    case 'hang':
      return {
        what: `your query was still running after ${ending.milliseconds / SECOND} s`,
        why: 'the check has only a few hundred rows, so the query probably pairs each row with every row, or a recursion never ends',
        fix: 'Check that each JOIN has a condition, and that each recursive query stops',
      };
    case 'too-many-rows':
      return {
        what: `your query returns more than ${ending.limit} rows`,
        why: 'the check has a few hundred rows, so a JOIN without a condition pairs each row with every row',
        fix: 'Check the condition of each JOIN',
      };
    case 'killed':
      return KILLED[ending.why];
    case 'not-started':
      return {
        what: 'your query could not be started',
        why: 'the machine is too busy, or DuckDB does not work in the confined process on this machine',
        fix: `Run the check again${ending.errors && `; the system said: ${ending.errors.trim().slice(0, MAX_MESSAGE)}`}`,
      };
  }
}

const TOO_MUCH_MEMORY: Problem = {
  what: 'your query needs more memory than its limit',
  why: 'a JOIN without a condition pairs each row with every row, or one value is very long',
  fix: 'Check the condition of each JOIN',
};

const KILLED: Readonly<Record<'time' | 'memory' | 'output' | 'ended', Problem>> = {
  time: {
    what: 'all runs of your query together took too long',
    why: 'the check has only a few hundred rows, so the query does much more work than is necessary',
    fix: 'Check that each JOIN has a condition',
  },
  memory: TOO_MUCH_MEMORY,
  output: {
    what: 'the result of your query is too large',
    why: 'the check expects one row per label, and each value is a short name or a number',
    fix: 'Return only the columns of the exercise',
  },
  ended: {
    what: 'DuckDB ended while it ran your query',
    why: 'a function in your query made DuckDB stop, for instance a function that changes settings',
    fix: 'Remove each function that does more than compute a value',
  },
};

function explainRejection(rejection: Rejection, file: QueryFile): Problem {
  switch (rejection.why) {
    case 'empty':
      return {
        what: 'your file contains no SQL statement',
        why: 'the feature job runs the SELECT in this file',
        fix: 'Write the SELECT',
      };
    case 'several':
      return {
        what: `your file contains ${rejection.statements} statements`,
        why: 'the feature job writes the result of one SELECT to a file, so there is no place for a second statement',
        fix: 'Write one SELECT; a WITH clause in front of it can name intermediate results',
      };
    case 'not-a-select':
      return {
        what: 'your file contains a statement that is not a SELECT',
        why: 'the query may only read the tables that exist; it cannot create tables, change settings, or read and write files',
        fix: 'Write one SELECT, with a WITH clause for intermediate results',
      };
    case 'not-in-parentheses':
      return {
        ...problemAt(rejection.error, file),
        why: 'the feature job runs `COPY (your query) TO …`, so your query must also be valid in parentheses',
        fix: 'Remove the semicolon at the end',
      };
    case 'syntax':
      return {
        ...problemAt(rejection.error, file),
        why: 'DuckDB could read your file only up to this place',
        fix: 'Fix this line or the line before it; a missing comma or parenthesis is the usual cause',
      };
  }
}

/** Returns the first part of a problem: the message, and its place in the file. */
function problemAt({ message, position }: QueryError, { source }: QueryFile): Pick<Problem, 'what' | 'line'> {
  const what = firstLineOf(message);
  if (position === undefined) return { what };
  const { line, column } = placeOf(source, position);
  return { what: `${what}, at column ${column}`, line };
}

const firstLineOf = (message: string): string =>
  message.split('\n')[0]?.replace(/[!.]$/, '').slice(0, MAX_MESSAGE) ?? message;

/** Returns DuckDB's suggestion, which is on a later line of the message. */
const suggestionIn = (message: string): string | undefined =>
  /^(?:Did you mean|Candidate \w+:[\s:]*) ?(.*?)\??$/m.exec(message)?.[1];

type Reason = Pick<Problem, 'why' | 'fix'>;

function reasonFor({ type, message }: QueryError, { tables }: QueryFile): Reason {
  const suggestion = suggestionIn(message);
  if (type === 'Out of Memory') return TOO_MUCH_MEMORY;
  if (type === 'Permission') {
    return {
      why: 'the query may only read the tables of the check: there are no files and no network',
      fix: 'Remove the function that reads or writes a file',
    };
  }
  if (message.startsWith('Table with name')) {
    return { why: `these tables exist: ${tables.join(', ')}`, fix: 'Read one of these tables' };
  }
  if (message.includes('Missing ASOF JOIN inequality')) {
    return {
      why: 'an ASOF JOIN finds the last row up to a time, so its ON clause must compare a time of each table',
      fix: 'Add a comparison of the two times to the ON clause, after the comparison of the keys',
    };
  }
  if (message.includes('must appear in the GROUP BY clause')) {
    return {
      why: 'a group can contain several rows, and the query does not say which of their values to take',
      fix: 'Add the column to the GROUP BY clause, or put it into an aggregate function',
    };
  }
  if (message.startsWith('Overflow in ')) {
    return {
      why: 'the result is too large for the type of the numbers',
      fix: 'Convert one of the numbers first, as in number::BIGINT',
    };
  }
  if (suggestion !== undefined) {
    return {
      why: 'no table, column or function has this name here',
      fix: `Use a name that exists; DuckDB suggests ${suggestion}`,
    };
  }
  if (type === 'Binder' || type === 'Catalog') {
    return {
      why: 'DuckDB found a name, a type or a clause that is not valid here',
      fix: 'Fix the expression at this place',
    };
  }
  return { why: 'the query failed while it computed a value', fix: 'Fix the expression that computes this value' };
}
