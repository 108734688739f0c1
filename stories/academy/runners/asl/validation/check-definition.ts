import type { Json, JsonObject } from '#domain/core/json-value-types.ts';
import type { Problem } from '../../../judging/problem-report-and-checkpoint-types.ts';
import { type JsonLines, type JsonPath, shownPath } from '../find-lines-of-json-paths.ts';
import {
  type FoundState,
  isObject,
  machinesOf,
  statesOf,
  stringsOf,
  targetsOf,
} from '../list-states-targets-and-strings.ts';
import { catcherProblem, dollarProblem, type Found, found } from './check-catchers-and-paths.ts';
import { type FieldError, fieldErrorOf, MACHINE_FIELDS, similarTo } from './check-state-fields.ts';

/** The tasks of a pipeline: the state's name in production, and the resource that it calls. */
export type TaskResources = Readonly<Record<string, string>>;

interface Context {
  readonly definition: JsonObject;
  readonly lines: JsonLines;
  readonly tasks: TaskResources;
  /** Names that may appear as `${name}`. */
  readonly placeholders: readonly string[];
}

const MOST_STATES = 100;

/** Finds the first error that the author's editor would not show: names, fields, resources and unsupported features. */
export function definitionProblem(value: Json, context: Omit<Context, 'definition'>): Problem | undefined {
  const at = (path: JsonPath, problem: Omit<Problem, 'line'>): Problem => ({
    ...problem,
    line: context.lines.lineOf(path),
  });
  if (!isObject(value)) {
    return at([], {
      what: 'your file is not a JSON object',
      why: 'a state machine is an object with the fields StartAt and States',
      fix: 'Put the states into { "StartAt": …, "States": { … } }',
    });
  }
  const all: Context = { ...context, definition: value };
  const rules = [
    ...[machineProblem, languageProblem, fieldsProblem, () => catcherProblem(value), targetProblem, taskProblem],
    ...[pathProblem, () => dollarProblem(value)],
  ];
  for (const rule of rules) {
    const found = rule(all);
    if (found) return at(found.path, found.problem);
  }
  return undefined;
}

function machineProblem({ definition }: Context): Found | undefined {
  for (const { machine, path } of machinesOf(definition)) {
    const name = shownPath(path) || 'your state machine';
    if (!isObject(machine.States) || Object.keys(machine.States).length === 0) {
      const why = 'the field States must be an object with at least one state';
      return found(path, `${name} has no states`, why, 'Add "States": { … }');
    }
    const wrong = Object.entries(machine.States).find(([, state]) => !isObject(state));
    if (wrong) {
      const at = [...path, 'States', wrong[0]];
      return found(at, `${shownPath(at)} is not an object`, 'each state is an object with a Type', 'Write a state');
    }
    if (typeof machine.StartAt !== 'string' || !Object.hasOwn(machine.States, machine.StartAt)) {
      const why = `StartAt must name one of ${Object.keys(machine.States).join(', ')}`;
      return found(
        [...path, 'StartAt'],
        `${name} starts at ${JSON.stringify(machine.StartAt)}`,
        why,
        'Correct StartAt',
      );
    }
  }
  const unknown = Object.keys(definition).find((field) => !MACHINE_FIELDS.includes(field));
  if (unknown !== undefined) {
    const why = `a state machine has only the fields ${MACHINE_FIELDS.join(', ')}; Catch and Retry belong to a state`;
    return found([unknown], `your state machine has an unknown field ${unknown}`, why, 'Move or remove the field');
  }
  const count = [...statesOf(definition)].length;
  if (count <= MOST_STATES) return undefined;
  return found(['States'], `your state machine has ${count} states`, `the limit is ${MOST_STATES}`, 'Remove states');
}

/** The interpreter of the running city knows JSONPath only. */
function languageProblem({ definition }: Context): Found | undefined {
  const jsonata = ['QueryLanguage', 'Assign', 'Arguments', 'Output'];
  const places = [{ state: definition, path: [] as JsonPath }, ...statesOf(definition)];
  for (const { state, path } of places) {
    const field = jsonata.find((each) => state[each] !== undefined && state[each] !== 'JSONPath');
    if (field === undefined) continue;
    const at = [...path, field];
    const why = 'the running city interprets state machines with JSONPath only, without JSONata and variables';
    return found(
      at,
      `${shownPath(at)} belongs to JSONata or to variables`,
      why,
      'Use Parameters, ResultSelector and ResultPath',
    );
  }
  return undefined;
}

function fieldsProblem({ definition }: Context): Found | undefined {
  for (const { state, path } of statesOf(definition)) {
    const error = fieldErrorOf(state);
    if (error) return fieldProblem(state, path, error);
    for (const field of ['TimeoutSeconds', 'Seconds']) {
      const seconds = state[field];
      if (seconds === undefined || (Number.isInteger(seconds) && (seconds as number) > 0)) continue;
      const at = [...path, field];
      const why = 'it must be an integer of at least 1, without quotes';
      return found(at, `${shownPath(at)} is ${JSON.stringify(seconds)}`, why, 'Write the number of seconds');
    }
  }
  return undefined;
}

function fieldProblem(state: JsonObject, path: JsonPath, { field, error, allowed }: FieldError): Found {
  const where = shownPath(path);
  const at = [...path, field];
  if (error === 'unknown type') {
    const why = `a state's type is one of ${allowed.join(', ')}`;
    return found(at, `${where}.Type is ${JSON.stringify(state.Type) ?? 'missing'}`, why, 'Correct the type');
  }
  const kind = `a ${state.Type} state`;
  if (error === 'missing') {
    return found(path, `${where} has no ${field}`, `${kind} needs it`, `Add "${field}" to the state`);
  }
  const similar = similarTo(field, allowed);
  const why = similar
    ? `${kind} has no such field, but it has ${similar}`
    : `${kind} has only the fields ${allowed.join(', ')}`;
  return found(
    at,
    `${where} has an unknown field ${field}`,
    why,
    similar ? `Write ${similar}` : 'Move or remove the field',
  );
}

function targetProblem({ definition }: Context): Found | undefined {
  for (const each of statesOf(definition)) {
    for (const { to, path } of targetsOf(each)) {
      if (typeof to === 'string' && each.siblings.includes(to)) continue;
      const similar = typeof to === 'string' ? similarTo(to, each.siblings) : undefined;
      const why = `its state machine has only the states ${each.siblings.join(', ')}`;
      const fix = similar ? `Write ${similar}` : 'Name one of these states, or add the state';
      return found(path, `${shownPath(path)} leads to ${JSON.stringify(to)}, which does not exist`, why, fix);
    }
  }
  return undefined;
}

function taskProblem({ definition, tasks, placeholders }: Context): Found | undefined {
  for (const each of statesOf(definition)) {
    const problem = each.state.Type === 'Task' ? resourceProblem(each, tasks) : undefined;
    if (problem) return problem;
  }
  for (const { text, path } of stringsOf(definition)) {
    const unknown = [...text.matchAll(/\$\{(\w+)\}/g)].find(([, name = '']) => !placeholders.includes(name));
    if (!unknown) continue;
    const why = `a deployment knows only ${placeholders.map((name) => `\${${name}}`).join(', ')}`;
    return found(path, `${shownPath(path)} contains ${unknown[0]}`, why, 'Correct the name');
  }
  return undefined;
}

function resourceProblem({ name, state, path }: FoundState, tasks: TaskResources): Found | undefined {
  if (state.Resource === tasks[name]) return undefined;
  const other = Object.entries(tasks).find(([, resource]) => resource === state.Resource)?.[0];
  if (other !== undefined) {
    const why = `the running city finds the function of this resource by the name of its state, ${other}`;
    return found(path, `${shownPath(path)} calls the resource of ${other}`, why, `Name the state ${other}`);
  }
  const at = [...path, 'Resource'];
  const why = `the pipeline's resources are ${Object.values(tasks).join(', ')}`;
  return found(at, `${shownPath(at)} is ${JSON.stringify(state.Resource)}`, why, 'Use the resource of the task');
}

/** Filter and script expressions contain code. Neither the interpreter of the city nor the check runs them. */
function pathProblem({ definition }: Context): Found | undefined {
  for (const { text, path } of stringsOf(definition)) {
    const key = path.at(-1);
    const isPath = typeof key === 'string' && (/(?:\.\$|Path)$/.test(key) || key === 'Variable');
    if (!isPath || !/[(`]/.test(text.replaceAll(/'(?:[^'\\]|\\.)*'/g, '').replaceAll(/States\.\w+\(/g, ''))) continue;
    const why = 'this check and the running city evaluate neither filters nor scripts in a path';
    return found(
      path,
      `${shownPath(path)} contains an expression: ${text}`,
      why,
      'Name the field, as in $.gate.promote',
    );
  }
  return undefined;
}
