import { signatureOf } from '../evaluator/binary-operators.ts';
import type {
  Compiled,
  CompiledVector,
  Evaluation,
  Vector,
} from '../evaluator/compiled-expressions-and-work-budget.ts';
import { type Labels, shownLabels } from '../evaluator/interned-label-sets.ts';
import type { Binary, Selector } from '../promql/expression-types.ts';
import { METRIC } from '../promql/parse-selector.ts';
import { RuleProblem } from '../promql/rule-error.ts';
import type { Rule } from '../rule-file/rule-types.ts';
import type { CompiledRule, RuleEngine } from './rule-engine.ts';

export interface Explanation {
  /** A sentence without a period. */
  readonly reason: string;
  /** Line of the rule that the reason is about. */
  readonly line: number;
}

interface Search {
  readonly time: number;
  readonly engine: RuleEngine;
  readonly store: Evaluation['store'];
  /** Number of recording rules that were followed. */
  readonly followed: number;
  /** The search ignores a series that has one of these labels with another value. */
  readonly about: Readonly<Record<string, string>>;
}

/** Maximum number of recording rules that are followed, so that the search also ends for a rule that reads itself. */
const MAX_FOLLOWED = 8;
const MAX_SHOWN = 120;

/**
 * Explains why an alert's expression has no result: it finds the innermost part that is empty, also in the recording
 * rules that the alert reads. Returns undefined if the alert fires.
 *
 * @param about labels that the result should have
 */
export function explainSilence(
  { rule, expression }: CompiledRule,
  about: Readonly<Record<string, string>>,
  time: number,
  engine: RuleEngine,
  { store }: Evaluation,
): Explanation | undefined {
  const search: Search = { time, engine, store, followed: 0, about };
  if (!isEmpty(expression, search)) return isPending(rule, search) ? pending(rule) : undefined;
  const error = engine.errors.get(rule);
  if (error) return { line: rule.line, reason: `the evaluation of the rule fails: ${error}` };
  return explain(expression, rule.line, search);
}

/** Whether the expression has a result, but has not had it for long enough. */
const isPending = (rule: Rule, { engine, about }: Search): boolean =>
  rule.holdMs > 0 && !engine.firing().some((alert) => alert.rule === rule && fits(alert.labels, about));

const pending = ({ line, holdMs }: Rule): Explanation => ({
  line,
  reason: `its expression has a result, but has not had it for ${holdMs / 60_000} minutes, as \`for\` demands`,
});

/** Whether each label either has the given value or is missing. */
const fits = ({ values }: Labels, about: Search['about']): boolean =>
  Object.entries(about).every(([name, value]) => (values.get(name) ?? value) === value);

function explain(compiled: Compiled, line: number, search: Search): Explanation {
  const { expression, text, children } = compiled;
  if (expression.kind === 'selector') return explainSelector(expression, shorten(text), line, search);
  if (expression.kind === 'binary') return explainBinary(compiled, expression, line, search);
  const empty = children.find((child) => isEmpty(child, search));
  if (empty) return explain(empty, line, search);
  return { line, reason: `\`${shorten(text)}\` has no result` };
}

function explainSelector({ matchers }: Selector, text: string, line: number, search: Search): Explanation {
  const metric = matchers.find(({ label, operator }) => label === METRIC && operator === '=')?.value ?? '';
  const source = search.engine.rules.find(({ rule }) => rule.kind === 'record' && rule.name === metric);
  if (source && search.followed < MAX_FOLLOWED && isEmpty(source.expression, search)) {
    const error = search.engine.errors.get(source.rule);
    if (error) return { line: source.rule.line, reason: `the evaluation of the rule fails: ${error}` };
    return explain(source.expression, source.rule.line, { ...search, followed: search.followed + 1 });
  }
  if (source) return { line, reason: `\`${text}\` selects no series now, although a rule records ${metric}` };
  const series = search.store.named(metric).length;
  if (series === 0)
    return { line, reason: `\`${text}\` selects nothing: no rule and no target has a series ${metric}` };
  return {
    line,
    reason: `\`${text}\` selects none of the ${series} series ${metric}: no label matches, or they ended`,
  };
}

function explainBinary(compiled: Compiled, { operator, matching }: Binary, line: number, search: Search): Explanation {
  const [left, right] = compiled.children as [Compiled, Compiled];
  if (isEmpty(left, search)) return explain(left, line, search);
  const text = shorten(compiled.text);
  if (operator === 'unless')
    return { line, reason: `\`${text}\`: each series left of unless has a match on its right` };
  if (isEmpty(right, search)) return explain(right, line, search);
  const [shownLeft, shownRight] = [shownFirst(left, search), shownFirst(right, search)];
  if (
    left.kind === 'scalar' ||
    right.kind === 'scalar' ||
    matchesSome(samplesOf(left, search), samplesOf(right, search), matching)
  ) {
    return { line, reason: `\`${text}\` is false: ${shownLeft} ${operator} ${shownRight}` };
  }
  return {
    line,
    reason: `\`${text}\`: the labels do not match. Left of ${operator}: ${shownLeft}; right: ${shownRight}`,
  };
}

function matchesSome(left: Vector, right: Vector, matching: Binary['matching']): boolean {
  const signature = signatureOf(matching);
  const signatures = new Set(right.map(({ labels }) => signature(labels)));
  return left.some(({ labels }) => signatures.has(signature(labels)));
}

const isEmpty = (compiled: Compiled, search: Search): boolean =>
  compiled.kind === 'vector' && samplesOf(compiled, search).length === 0;

/** Returns the samples that the search does not ignore. */
function samplesOf(compiled: CompiledVector, { time, about }: Search): Vector {
  try {
    return compiled.at(time).filter(({ labels }) => fits(labels, about));
  } catch (error) {
    // An expression whose evaluation fails has no result.
    if (error instanceof RuleProblem && error.kind === 'invalid') return [];
    throw error;
  }
}

const shorten = (text: string): string => {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN)}…` : line;
};

/** Describes the largest sample of a vector, or a number. */
function shownFirst(compiled: Compiled, search: Search): string {
  if (compiled.kind === 'scalar') return String(compiled.at(search.time));
  const [first, ...more] = samplesOf(compiled, search).toSorted((a, b) => b.value - a.value);
  if (!first) return 'no series';
  const largest = more.length > 0 ? ` (the largest of ${more.length + 1})` : '';
  return `${shownLabels(first.labels)} = ${Number(first.value.toPrecision(3))}${largest}`;
}
