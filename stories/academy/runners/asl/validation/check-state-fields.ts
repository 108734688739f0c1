import type { JsonObject } from '#domain/core/json-value-types.ts';

const EVERY = ['Type', 'Comment'];
const PATHS = ['InputPath', 'OutputPath'];
const NEXT = ['Next', 'End'];
const RESULT = ['ResultSelector', 'ResultPath', 'Retry', 'Catch'];

interface Fields {
  readonly required: readonly string[];
  readonly allowed: readonly string[];
}

const fields = (required: readonly string[], ...allowed: readonly (readonly string[])[]): Fields => ({
  required,
  allowed: [...EVERY, ...required, ...allowed.flat()],
});

/** Fields of each type of state in the Amazon States Language, with JSONPath. */
const FIELDS: Readonly<Record<string, Fields>> = {
  Task: fields(['Resource'], PATHS, NEXT, RESULT, [
    ...[
      'Parameters',
      'Credentials',
      'TimeoutSeconds',
      'TimeoutSecondsPath',
      'HeartbeatSeconds',
      'HeartbeatSecondsPath',
    ],
  ]),
  Parallel: fields(['Branches'], PATHS, NEXT, RESULT, ['Parameters']),
  Map: fields([], PATHS, NEXT, RESULT, [
    ...['ItemProcessor', 'Iterator', 'ItemsPath', 'ItemSelector', 'Parameters', 'MaxConcurrency', 'MaxConcurrencyPath'],
    ...['ToleratedFailureCount', 'ToleratedFailurePercentage', 'Label'],
  ]),
  Pass: fields([], PATHS, NEXT, ['Result', 'Parameters', 'ResultPath']),
  Wait: fields([], PATHS, NEXT, ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath']),
  Choice: fields(['Choices'], PATHS, ['Default']),
  Succeed: fields([], PATHS),
  Fail: fields([], ['Error', 'ErrorPath', 'Cause', 'CausePath']),
};

/** Fields of a complete state machine. */
export const MACHINE_FIELDS = ['Comment', 'StartAt', 'States', 'TimeoutSeconds', 'Version', 'QueryLanguage'];
export const TYPES = Object.keys(FIELDS);

/** What is wrong with the fields of a state. */
export interface FieldError {
  readonly field: string;
  readonly error: 'unknown type' | 'unknown' | 'missing';
  /** The fields, or the types, that are allowed. */
  readonly allowed: readonly string[];
}

/** Finds a field that the type of the state does not allow, or a required field that is missing. */
export function fieldErrorOf(state: JsonObject): FieldError | undefined {
  const known = typeof state.Type === 'string' ? FIELDS[state.Type] : undefined;
  if (!known) return { field: 'Type', error: 'unknown type', allowed: TYPES };
  const { required, allowed } = known;
  const unknown = Object.keys(state).find((field) => !allowed.includes(field));
  if (unknown !== undefined) return { field: unknown, error: 'unknown', allowed };
  const missing = required.find((field) => state[field] === undefined);
  return missing === undefined ? undefined : { field: missing, error: 'missing', allowed };
}

/** Returns the name that is most similar to a misspelt one, or undefined if none is similar. */
export function similarTo(name: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((each) => ({ each, distance: distanceOf(name.toLowerCase(), each.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(1, name.length / 3) ? best.each : undefined;
}

/** Returns the Levenshtein distance. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
