import type { LabelMatcher, MatchOperator } from './expression-types.ts';
import { childOf, type Node, nodesOf, textOf } from './find-nodes-errors-and-depth.ts';
import { parseString } from './parse-literals.ts';
import { invalid } from './rule-error.ts';

/** Label that contains the metric's name. */
export const METRIC = '__name__';

/** Returns the label matchers of a selector. The metric's name is one of them. */
export function parseSelector(node: Node, text: string): LabelMatcher[] {
  const name = childOf(node, 'Identifier');
  const quoted = nodesOf(node, 'QuotedLabelName').map((each) => nameMatcher(parseString(textOf(each, text))));
  const matchers = [
    ...(name ? [nameMatcher(textOf(name, text))] : []),
    ...quoted,
    ...[...nodesOf(node, 'UnquotedLabelMatcher'), ...nodesOf(node, 'QuotedLabelMatcher')].map((each) =>
      matcherOf(each, text),
    ),
  ];
  if (!matchers.some(({ operator, value }) => value !== '' && (operator === '=' || operator === '=~'))) {
    throw invalid(textOf(node, text), `the selector ${textOf(node, text)} selects all series: name a metric`);
  }
  return matchers;
}

const nameMatcher = (value: string): LabelMatcher => ({ label: METRIC, operator: '=', value });

function matcherOf(node: Node, text: string): LabelMatcher {
  const label = childOf(node, 'LabelName') ?? childOf(node, 'QuotedLabelName') ?? node;
  const strings = nodesOf(node, 'StringLiteral');
  const written = textOf(label, text);
  return {
    label: /^["'`]/.test(written) ? parseString(written) : written,
    operator: textOf(childOf(node, 'MatchOp') ?? node, text) as MatchOperator,
    value: parseString(textOf(strings.at(-1) ?? node, text)),
  };
}
