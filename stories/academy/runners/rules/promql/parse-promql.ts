import { parser } from '@prometheus-io/lezer-promql';
import type { Aggregation, Binary, BinaryOperator, Call, Expression, Matching } from './expression-types.ts';
import { childOf, childrenOf, depthOf, firstError, type Node, nodesOf, textOf } from './find-nodes-errors-and-depth.ts';
import { parseDuration, parseNumber } from './parse-literals.ts';
import { parseSelector } from './parse-selector.ts';
import { invalid, type RuleProblem, unsupported } from './rule-error.ts';

/** Maximum number of characters of an expression. */
export const MAX_CHARACTERS = 5_000;
/** Maximum number of nested syntax nodes. */
const MAX_DEPTH = 200;

/**
 * Parses a PromQL expression.
 *
 * @throws RuleProblem if the expression is invalid, or uses syntax that the evaluator does not know
 */
export function parsePromql(text: string): Expression {
  if (text.length > MAX_CHARACTERS) {
    throw invalid(text.slice(0, 40), `the expression has ${text.length} characters: the limit is ${MAX_CHARACTERS}`);
  }
  if (text.trim() === '') throw invalid(text, 'the expression is empty');
  const { topNode } = parser.parse(text);
  if (depthOf(topNode) > MAX_DEPTH)
    throw invalid(text.slice(0, 40), `the expression is nested more than ${MAX_DEPTH} deep`);
  const error = firstError(topNode);
  if (error) throw syntaxProblem(text, error);
  const [root] = childrenOf(topNode);
  if (!root) throw invalid(text, 'the expression is empty');
  return expressionOf(root, text);
}

function syntaxProblem(text: string, error: Node): RuleProblem {
  const called = /([a-zA-Z_]\w*)\s*$/.exec(text.slice(0, error.from))?.[1];
  if (called && text[error.from] === '(') return invalid(called, `Prometheus has no function ${called}`);
  const place = text.slice(Math.max(0, error.from - 20), error.from + 20).trim();
  return invalid(place, `the expression is not PromQL: it has a syntax error near "${place}"`);
}

function expressionOf(node: Node, text: string): Expression {
  const parse = PARSERS[node.name];
  if (parse) return parse(node, text);
  throw unsupported(textOf(node, text), 'The expression');
}

const PARSERS: Readonly<Record<string, (node: Node, text: string) => Expression>> = {
  ParenExpr: (node, text) => ({ ...onlyChild(node, text), from: node.from, to: node.to }),
  NumberDurationLiteral: (node, text) => ({ kind: 'number', value: parseNumber(textOf(node, text)), ...span(node) }),
  UnaryExpr: negated,
  VectorSelector: (node, text) => ({ kind: 'selector', matchers: parseSelector(node, text), offset: 0, ...span(node) }),
  MatrixSelector: rangeOf,
  OffsetExpr: offsetOf,
  FunctionCall: callOf,
  AggregateExpr: aggregationOf,
  BinaryExpr: binaryOf,
  SubqueryExpr: (node, text) => {
    throw unsupported(textOf(node, text), 'The subquery');
  },
  StepInvariantExpr: (node, text) => {
    throw unsupported(textOf(node, text), 'The modifier @ in');
  },
};

const span = ({ from, to }: Node) => ({ from, to });

function onlyChild(node: Node, text: string): Expression {
  const [child] = childrenOf(node);
  if (!child) throw invalid(textOf(node, text), 'the parentheses are empty');
  return expressionOf(child, text);
}

function negated(node: Node, text: string): Expression {
  const [operator, operand] = childrenOf(node);
  const inner = operand && expressionOf(operand, text);
  if (inner?.kind !== 'number') throw unsupported(textOf(node, text), 'The sign in');
  return {
    kind: 'number',
    value: operator && textOf(operator, text) === '-' ? -inner.value : inner.value,
    ...span(node),
  };
}

function rangeOf(node: Node, text: string): Expression {
  const [inner, duration] = childrenOf(node);
  if (!inner || !duration) throw invalid(textOf(node, text), 'the range is incomplete');
  const range = durationOf(duration, text);
  return changeLast(inner, text, (selector) => {
    if (selector?.kind === 'selector') return { kind: 'range', selector, range, from: selector.from, to: node.to };
    throw invalid(textOf(node, text), `a range such as [5m] needs a selector before it, in ${textOf(node, text)}`);
  });
}

function offsetOf(node: Node, text: string): Expression {
  const [inner] = childrenOf(node);
  const duration = childOf(node, 'OffsetDurationExpr');
  if (!inner || !duration) throw invalid(textOf(node, text), 'the offset is incomplete');
  const offset = durationOf(duration, text);
  return changeLast(inner, text, (last) => {
    const { to } = node;
    if (last?.kind === 'selector') return { ...last, offset, to };
    if (last?.kind === 'range') return { ...last, selector: { ...last.selector, offset }, to };
    throw invalid(textOf(node, text), `an offset needs a selector before it, in ${textOf(node, text)}`);
  });
}

/**
 * Changes the operand directly before a modifier. `change` receives undefined if the operand is in parentheses. In the
 * syntax tree, `a / b offset 5m` is the offset of a division; in Prometheus, it is the offset of `b`.
 */
function changeLast(node: Node, text: string, change: (last: Expression | undefined) => Expression): Expression {
  if (node.name === 'ParenExpr') return change(undefined);
  if (node.name !== 'BinaryExpr') return change(expressionOf(node, text));
  const last = childrenOf(node).at(-1) ?? node;
  const right = changeLast(last, text, change);
  return { ...binaryOf(node, text), right, to: right.to };
}

const MAX_RANGE_MS = 31 * 86_400_000;

function durationOf(node: Node, text: string): number {
  const written = textOf(node, text).replaceAll(/[\s()]/g, '');
  const sign = written.startsWith('-') ? -1 : 1;
  const unsigned = written.replace(/^[+-]/, '');
  if (/[-+*/^%]|step|range/.test(unsigned)) throw unsupported(written, 'The duration');
  const length = /^\d+(\.\d+)?$/.test(unsigned) ? Number(unsigned) * 1_000 : parseDuration(unsigned);
  if (length > MAX_RANGE_MS) throw unsupported(written, 'The duration (longer than 31 days)');
  return sign * length;
}

function callOf(node: Node, text: string): Call {
  const name = textOf(childOf(node, 'FunctionIdentifier') ?? node, text);
  const args = childrenOf(childOf(node, 'FunctionCallBody') ?? node);
  // No function that the evaluator knows has an argument in quotes.
  if (args.some((arg) => arg.name === 'StringLiteral')) throw unsupported(name, 'The function');
  return { kind: 'call', name, args: args.map((arg) => expressionOf(arg, text)), ...span(node) };
}

function aggregationOf(node: Node, text: string): Aggregation {
  const operator = textOf(childOf(node, 'AggregateOp') ?? node, text).toLowerCase();
  const modifier = childOf(node, 'AggregateModifier');
  const body = childOf(node, 'FunctionCallBody');
  const args = body ? childrenOf(body) : [];
  const [arg] = args;
  if (!arg || args.length !== 1) throw unsupported(operator, 'The aggregation');
  return {
    kind: 'aggregation',
    operator,
    grouping: modifier && childOf(modifier, 'Without') ? 'without' : 'by',
    labels: modifier ? labelNames(modifier, text) : [],
    arg: expressionOf(arg, text),
    ...span(node),
  };
}

const OPERATORS = ['+', '-', '*', '/', '%', '==', '!=', '>', '<', '>=', '<=', 'and', 'or', 'unless'];
const MODIFIERS = ['BoolModifier', 'MatchingModifierClause'];
const MATCHING = ['On', 'Ignoring', 'GroupingLabels', 'GroupLeft', 'GroupRight'];

function binaryOf(node: Node, text: string): Binary {
  const [left, sign, ...rest] = childrenOf(node);
  const right = rest.pop();
  const operator = sign ? textOf(sign, text).toLowerCase() : '';
  if (!left || !right || !OPERATORS.includes(operator)) throw unsupported(operator, 'The operator');
  for (const each of rest) if (!MODIFIERS.includes(each.name)) throw unsupported(textOf(each, text), 'The modifier');
  return {
    kind: 'binary',
    operator: operator as BinaryOperator,
    left: expressionOf(left, text),
    right: expressionOf(right, text),
    matching: matchingOf(childOf(node, 'MatchingModifierClause'), text),
    bool: childOf(node, 'BoolModifier') !== undefined,
    ...span(node),
  };
}

function matchingOf(clause: Node | undefined, text: string): Matching {
  if (!clause) return { on: false, labels: [], include: [] };
  const children = childrenOf(clause);
  const unknown = children.find(({ name }) => !MATCHING.includes(name));
  if (unknown) throw unsupported(textOf(unknown, text), 'The modifier');
  const groups = children.map(({ name }) => name);
  const side = groups.findIndex((name) => name.startsWith('Group') && name !== 'GroupingLabels');
  const labelsFrom = (from: number, to?: number) =>
    children.slice(from, to).flatMap((child) => (child.name === 'GroupingLabels' ? labelNames(child, text) : []));
  const many = side < 0 ? undefined : groups[side] === 'GroupLeft' ? 'left' : 'right';
  return {
    on: groups.includes('On'),
    labels: labelsFrom(0, side < 0 ? undefined : side),
    many,
    include: side < 0 ? [] : labelsFrom(side),
  };
}

const labelNames = (node: Node, text: string): string[] =>
  nodesOf(node, 'LabelName').map((label) => textOf(label, text));
