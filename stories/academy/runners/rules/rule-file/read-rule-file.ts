import { LineCounter, parseDocument } from 'yaml';
import { parseDuration } from '../promql/parse-literals.ts';
import { invalid, RuleProblem, unsupported } from '../promql/rule-error.ts';
import type { Rule, RuleGroups } from './rule-types.ts';

/** Maximum number of bytes of a rule file. */
export const MAX_BYTES = 100_000;
const MAX_RULES = 300;
/** Maximum number of nodes that the aliases of a YAML file may add. */
const MAX_ALIASES = 100;

/** YAML's printable characters exclude these, also in comments. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const CONTROL_CHARACTER = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/**
 * Reads a rule file as Prometheus does: an unknown field is an error.
 *
 * @throws RuleProblem with the line, if the file is invalid or uses a field that this evaluator does not know
 */
export function readRuleFile(text: string): RuleGroups {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw invalid('the file', `the file has ${Buffer.byteLength(text)} bytes: the limit is ${MAX_BYTES}`);
  }
  const control = CONTROL_CHARACTER.exec(text);
  if (control) {
    const line = text.slice(0, control.index).split('\n').length;
    throw invalid('the file', 'the file contains a control character, which YAML forbids', line);
  }
  const { content, lineOfRule } = parseYaml(text);
  if (content === null) throw invalid('the file', 'the file contains no rules: it needs a list `groups`', 1);
  const root = record(content, 'the file', 1);
  onlyFields(root, ['groups'], 'the file', 1);
  const groups = list(root.groups, 'groups', 1).map((group, index) =>
    readGroup(group, (rule) => lineOfRule(index, rule)),
  );
  const twice = groups.find(({ name }, index) => groups.findIndex((other) => other.name === name) !== index);
  if (twice) {
    const line = twice.rules[0]?.line;
    throw invalid(twice.name, `two groups have the name ${twice.name}, so Prometheus does not load the file`, line);
  }
  const count = groups.reduce((sum, { rules }) => sum + rules.length, 0);
  if (count > MAX_RULES) throw invalid('the file', `the file has ${count} rules: the limit is ${MAX_RULES}`);
  return groups;
}

function parseYaml(text: string) {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
    const [error] = document.errors;
    if (error) {
      const message = error.message.split('\n')[0]?.replace(/ at line .*$/, '') ?? '';
      throw invalid('the file', `the file is not YAML: ${message}`, lines.linePos(error.pos[0]).line);
    }
    const lineOfRule = (group: number, rule: number): number => {
      const node = document.getIn(['groups', group, 'rules', rule], true) as { range?: [number, number, number] };
      return node?.range ? lines.linePos(node.range[0]).line : 1;
    };
    const content: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return { content, lineOfRule };
  } catch (error) {
    if (error instanceof RuleProblem) throw error;
    // The parser reports aliases that expand too much, and nesting that is too deep, as errors.
    throw invalid('the file', `the file is not usable YAML: ${(error as Error).message}`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function record(value: unknown, what: string, line: number): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw invalid(what, `${what} must be a map of fields`, line);
}

function list(value: unknown, what: string, line: number): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  throw invalid(what, `${what} must be a list with at least one entry`, line);
}

function string(value: unknown, what: string, line: number): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  // Prometheus also accepts a number as a string.
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw invalid(what, `${what} must be a text`, line);
}

/** Fields that Prometheus knows and this evaluator does not. */
const UNSUPPORTED = ['interval', 'limit', 'query_offset', 'keep_firing_for'];

function onlyFields(fields: Fields, allowed: readonly string[], what: string, line: number): void {
  for (const name of Object.keys(fields)) {
    if (allowed.includes(name)) continue;
    if (UNSUPPORTED.includes(name)) throw unsupported(name, `The field of ${what},`, line);
    throw invalid(name, `${what} has the field ${name}, which Prometheus does not know`, line);
  }
}

function readGroup(value: unknown, lineOf: (rule: number) => number) {
  const fields = record(value, 'each group', lineOf(0));
  onlyFields(fields, ['name', 'rules', 'labels'], 'a group', lineOf(0));
  const labels = labelsOf(fields.labels, lineOf(0));
  const rules = list(fields.rules, 'rules', lineOf(0)).map((rule, index) => readRule(rule, labels, lineOf(index)));
  return { name: string(fields.name, 'the name of a group', lineOf(0)), rules };
}

const METRIC_NAME = /^[a-zA-Z_:][\w:]*$/;

function readRule(value: unknown, groupLabels: Rule['labels'], line: number): Rule {
  const fields = record(value, 'each rule', line);
  const isRecord = 'record' in fields;
  if (isRecord === 'alert' in fields)
    throw invalid('rule', 'a rule needs either the field record or the field alert', line);
  const own = isRecord ? ['record'] : ['alert', 'for', 'annotations'];
  onlyFields(fields, [...own, 'expr', 'labels'], 'a rule', line);
  const name = string(isRecord ? fields.record : fields.alert, 'the name of a rule', line);
  if (isRecord && !METRIC_NAME.test(name)) throw invalid(name, `${name} is not a valid name for a series`, line);
  textsOf(fields.annotations, 'annotations', line);
  return {
    kind: isRecord ? 'record' : 'alert',
    name,
    expr: string(fields.expr, 'expr', line),
    labels: { ...groupLabels, ...labelsOf(fields.labels, line) },
    holdMs: fields.for === undefined ? 0 : holdOf(string(fields.for, 'for', line), line),
    line,
  };
}

function holdOf(text: string, line: number): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw error instanceof RuleProblem ? error.at(line) : error;
  }
}

function textsOf(value: unknown, what: string, line: number): Record<string, string> {
  if (value === undefined || value === null) return {};
  return Object.fromEntries(
    Object.entries(record(value, what, line)).map(([name, each]) => [name, string(each, `${what}.${name}`, line)]),
  );
}

function labelsOf(value: unknown, line: number): Record<string, string> {
  const labels = textsOf(value, 'labels', line);
  for (const [name, text] of Object.entries(labels)) {
    if (!/^[a-zA-Z_]\w*$/.test(name) || name === '__name__') throw invalid(name, `${name} is not a valid label`, line);
    if (text.includes('{{')) throw unsupported(text, 'The template in a label,', line);
  }
  return labels;
}
