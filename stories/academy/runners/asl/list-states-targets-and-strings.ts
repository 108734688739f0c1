import type { Json, JsonObject } from '#domain/core/json-value-types.ts';
import type { JsonPath } from './find-lines-of-json-paths.ts';

/** A state, with its place in the file. */
export interface FoundState {
  readonly name: string;
  readonly state: JsonObject;
  readonly path: JsonPath;
  /** Names of the states to which this state can lead. */
  readonly siblings: readonly string[];
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Yields each state machine in a definition: the definition itself, branches, and item processors. */
export function* machinesOf(
  machine: JsonObject,
  path: JsonPath = [],
): Generator<{ machine: JsonObject; path: JsonPath }> {
  yield { machine, path };
  if (!isObject(machine.States)) return;
  for (const [name, state] of Object.entries(machine.States)) {
    if (!isObject(state)) continue;
    const here = [...path, 'States', name];
    for (const field of ['ItemProcessor', 'Iterator']) {
      const inner = state[field];
      if (isObject(inner)) yield* machinesOf(inner, [...here, field]);
    }
    if (!Array.isArray(state.Branches)) continue;
    for (const [i, branch] of (state.Branches as Json[]).entries()) {
      if (isObject(branch)) yield* machinesOf(branch, [...here, 'Branches', i]);
    }
  }
}

/** Yields each state of a definition, nested ones too. */
export function* statesOf(definition: JsonObject): Generator<FoundState> {
  for (const { machine, path } of machinesOf(definition)) {
    if (!isObject(machine.States)) continue;
    const siblings = Object.keys(machine.States);
    for (const [name, state] of Object.entries(machine.States)) {
      if (isObject(state)) yield { name, state, path: [...path, 'States', name], siblings };
    }
  }
}

/** Returns the places in which a state names the next state. */
export function targetsOf({ state, path }: FoundState): { readonly to: Json; readonly path: JsonPath }[] {
  const found = ['Next', 'Default'].flatMap((field) => targetIn(state, field, path));
  const inLists = ['Catch', 'Choices'].flatMap((list) =>
    Array.isArray(state[list])
      ? (state[list] as Json[]).flatMap((each, i) => (isObject(each) ? targetIn(each, 'Next', [...path, list, i]) : []))
      : [],
  );
  return [...found, ...inLists];
}

const targetIn = (object: JsonObject, field: string, path: JsonPath) => {
  const to = object[field];
  return to === undefined ? [] : [{ to, path: [...path, field] }];
};

/** Yields each string of a value, with its path. */
export function* stringsOf(value: Json | undefined, path: JsonPath = []): Generator<{ text: string; path: JsonPath }> {
  if (typeof value === 'string') yield { text: value, path };
  else if (Array.isArray(value))
    for (const [i, each] of (value as Json[]).entries()) yield* stringsOf(each, [...path, i]);
  else if (isObject(value)) for (const [key, each] of Object.entries(value)) yield* stringsOf(each, [...path, key]);
}

/** Seconds after which Step Functions ends a task that has no time-out. The interpreter's default is 60. */
const NO_TIMEOUT_S = 99_999_999;

/**
 * Returns a definition that the interpreter runs as Step Functions does. All its tasks have a time-out: their own, or that
 * of Step Functions. No element of Catch has the ResultPath `$`: it is the default, but the interpreter takes it for the
 * name of a field.
 *
 * @param most longest allowed time-out in seconds, also of the complete run
 */
export function asInterpreted(definition: JsonObject, most = NO_TIMEOUT_S): JsonObject {
  const copy = structuredClone(definition) as JsonObject;
  const limit = (holder: JsonObject, otherwise?: number) => {
    const { TimeoutSeconds = otherwise } = holder;
    if (typeof TimeoutSeconds === 'number') {
      (holder as Record<string, Json>).TimeoutSeconds = Math.min(TimeoutSeconds, most);
    }
  };
  limit(copy);
  for (const { state } of statesOf(copy)) {
    if (state.Type === 'Task' && state.TimeoutSecondsPath === undefined) limit(state, NO_TIMEOUT_S);
    for (const catcher of Array.isArray(state.Catch) ? (state.Catch as Json[]) : []) {
      if (isObject(catcher) && catcher.ResultPath === '$') delete (catcher as Record<string, Json>).ResultPath;
    }
  }
  return copy;
}
