import type { Json, JsonObject } from '#domain/core/json-value-types.ts';
import type { JsonPath } from '../find-lines-of-json-paths.ts';
import { shownPath } from '../find-lines-of-json-paths.ts';
import { type FoundState, isObject, statesOf, stringsOf } from '../list-states-targets-and-strings.ts';
import { similarTo } from './check-state-fields.ts';

/** An error in a definition: its place, what is wrong, why, and the next action. */
export interface Found {
  readonly path: JsonPath;
  readonly problem: { readonly what: string; readonly why: string; readonly fix: string };
}

export const found = (path: JsonPath, what: string, why: string, fix: string): Found => ({
  path,
  problem: { what, why, fix },
});

const CATCHER_FIELDS = ['ErrorEquals', 'Next', 'ResultPath', 'Comment'];
const ALL = 'States.ALL';
/** Errors of Step Functions itself. No other name may begin with `States.`. */
const RESERVED = [
  ALL,
  ...['Timeout', 'HeartbeatTimeout', 'TaskFailed', 'Permissions', 'ResultPathMatchFailure', 'ParameterPathFailure'],
  ...['BranchFailed', 'NoChoiceMatched', 'IntrinsicFailure', 'ExceedToleratedFailureThreshold', 'ItemReaderFailed'],
  ...['ResultWriterFailed', 'DataLimitExceeded', 'Runtime', 'QueryEvaluationError', 'Http.Socket'],
].map((name) => (name === ALL ? name : `States.${name}`));

/** Finds a rule for errors that Step Functions rejects, and a Retry, which production writes itself. */
export function catcherProblem(definition: JsonObject): Found | undefined {
  for (const each of statesOf(definition)) {
    if (each.state.Retry !== undefined) {
      const at = [...each.path, 'Retry'];
      const why =
        'production replaces it by the rules of functions/orchestration/retry.json, so it would have no effect';
      return found(at, `${shownPath(each.path)} has a Retry`, why, 'Remove Retry');
    }
    const problem = problemInCatch(each);
    if (problem) return problem;
  }
  return undefined;
}

function problemInCatch({ state, path }: FoundState): Found | undefined {
  if (!Array.isArray(state.Catch)) return undefined;
  const catchers = state.Catch as Json[];
  for (const [i, catcher] of catchers.entries()) {
    if (!isObject(catcher)) continue;
    const at = [...path, 'Catch', i];
    const problem = unknownField(catcher, at) ?? errorNameProblem(catcher, at, i === catchers.length - 1);
    if (problem) return problem;
  }
  return undefined;
}

function unknownField(catcher: JsonObject, at: JsonPath): Found | undefined {
  const field = Object.keys(catcher).find((each) => !CATCHER_FIELDS.includes(each));
  if (field === undefined) return undefined;
  const similar = similarTo(field, CATCHER_FIELDS);
  const why = `an element of Catch has only the fields ${CATCHER_FIELDS.join(', ')}`;
  const fix = similar ? `Write ${similar}` : 'Rename or remove the field';
  return found([...at, field], `${shownPath(at)} has an unknown field ${field}`, why, fix);
}

function errorNameProblem({ ErrorEquals: names }: JsonObject, at: JsonPath, isLast: boolean): Found | undefined {
  if (!Array.isArray(names)) return undefined;
  const path = [...at, 'ErrorEquals'];
  const unknown = (names as Json[]).find(
    (name) => typeof name === 'string' && name.startsWith('States.') && !RESERVED.includes(name),
  );
  if (typeof unknown === 'string') {
    const why = `names that begin with "States." belong to Step Functions, and this is none of them`;
    const fix = `Write ${similarTo(unknown, RESERVED) ?? ALL}`;
    return found(path, `${shownPath(path)} contains ${JSON.stringify(unknown)}`, why, fix);
  }
  if (!(names as Json[]).includes(ALL) || (names.length === 1 && isLast)) return undefined;
  const what = `${shownPath(path)} contains ${ALL} ${names.length > 1 ? 'and other names' : 'in front of another element of Catch'}`;
  const why = `${ALL} matches every error, so it must be the only name of the last element`;
  return found(path, what, why, names.length > 1 ? `Write ["${ALL}"]` : 'Move this element to the end of Catch');
}

/** Paths that name one place: a result cannot be written to several places. */
const REFERENCE = /^\$(?:\.[\p{L}_][\p{L}\p{N}_-]*|\[\d+\]|\['[^']+'\])*$/u;

/** Finds a path that does not begin with `$`. Step Functions would reject it. */
export function dollarProblem(definition: JsonObject): Found | undefined {
  for (const { text, path } of stringsOf(definition)) {
    const key = path.at(-1);
    if (typeof key !== 'string' || !isPathField(key)) continue;
    const isValid = key === 'ResultPath' ? REFERENCE.test(text) : /^(?:\$|States\.)/.test(text);
    if (isValid) continue;
    const why = key.endsWith('.$')
      ? 'the value of a field whose name ends in ".$" is a path, which begins with $, or a function such as States.Format'
      : 'a path begins with $, which means the complete input, followed by names of fields';
    const fix = /^[\w.]+$/.test(text) ? `Write "$.${text}"` : 'Write a path such as "$.error"';
    return found(path, `${shownPath(path)} is ${JSON.stringify(text)}`, why, fix);
  }
  return undefined;
}

const isPathField = (key: string): boolean => /(?:\.\$|Path)$/.test(key) || key === 'Variable';
