import type { Json, JsonObject } from '#domain/core/json-value-types.ts';
import type { Problem } from '../../../judging/problem-report-and-checkpoint-types.ts';
import { type JsonLines, type JsonPath, shownPath } from '../find-lines-of-json-paths.ts';
import { isProblem, parseJson } from '../parse-json.ts';
import { definitionProblem, type TaskResources } from './check-definition.ts';

export interface ReadDefinition {
  /** The state machine, with an ARN in place of each `${name}`. */
  readonly definition: JsonObject;
  readonly lines: JsonLines;
}

/**
 * Reads a learner's state machine and validates it.
 *
 * @param placeholders the values of `${name}`
 * @returns the state machine, or the reason why it cannot be interpreted
 */
export async function readDefinition(
  file: string,
  tasks: TaskResources,
  placeholders: Readonly<Record<string, string>>,
): Promise<ReadDefinition | Problem> {
  const parsed = parseJson(file);
  if (isProblem(parsed)) return parsed;
  const { value, lines } = parsed;
  const problem = definitionProblem(value, { lines, tasks, placeholders: Object.keys(placeholders) });
  if (problem) return problem;
  const definition = substituted(value, placeholders);
  const invalid = await validatorError(definition);
  return invalid === undefined ? { definition, lines } : validatorProblem(invalid, lines);
}

const substituted = (value: Json, values: Readonly<Record<string, string>>): JsonObject =>
  JSON.parse(JSON.stringify(value).replaceAll(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? '')) as JsonObject;

/** Returns the first error of asl-validator, which the interpreter calls. */
async function validatorError(definition: JsonObject): Promise<string | undefined> {
  // Imported lazily: it takes 200 ms.
  const { StateMachine } = await import('aws-local-stepfunctions');
  try {
    // The validator changes the definition.
    new StateMachine(structuredClone(definition) as never);
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n')[1]?.trim() ?? 'INVALID: the definition is not valid';
  }
}

/** Explains an error such as `SCHEMA_VALIDATION_FAILED: /States/Train/Catch is invalid. must be array`. */
function validatorProblem(error: string, lines: JsonLines): Problem {
  const message = error.replace(/^\w+: /, '');
  const pointer = /^(\/\S+) is invalid\. (.*)$/.exec(message);
  const fix = 'Compare the state with the specification of the Amazon States Language, which README.md links';
  if (!pointer) {
    return { what: `your state machine is not valid: ${message}`, why: 'Step Functions would reject it', fix };
  }
  const [, location = '', rule = ''] = pointer;
  const path: JsonPath = location
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const what = `${shownPath(path)} is not valid: it ${rule}`;
  return { what, why: 'Step Functions would reject the state machine', fix, line: lines.lineOf(path) };
}
