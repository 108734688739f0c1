import type { UnknownMetric } from '../message-types.ts';
import type { Expression } from '../promql/expression-types.ts';
import { parsePromql } from '../promql/parse-promql.ts';
import { METRIC } from '../promql/parse-selector.ts';
import type { RuleGroups } from '../rule-file/rule-types.ts';

/** Series that Prometheus makes. */
const MADE_BY_PROMETHEUS = ['up', 'ALERTS', 'ALERTS_FOR_STATE'];

/** Returns the metrics that the rules read although neither a rule nor a target has them. */
export function unknownMetrics(groups: RuleGroups, scraped: ReadonlySet<string>): UnknownMetric[] {
  const rules = groups.flatMap((group) => group.rules);
  const recorded = rules.filter(({ kind }) => kind === 'record').map(({ name }) => name);
  const known = new Set([...recorded, ...scraped, ...MADE_BY_PROMETHEUS]);
  return rules.flatMap(({ expr, line }) =>
    [...new Set(metricsIn(parsePromql(expr)))].filter((name) => !known.has(name)).map((name) => ({ name, line })),
  );
}

function metricsIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'number':
      return [];
    case 'selector':
      return expression.matchers.flatMap(({ label, operator, value }) =>
        label === METRIC && operator === '=' ? [value] : [],
      );
    case 'range':
      return metricsIn(expression.selector);
    case 'call':
      return expression.args.flatMap(metricsIn);
    case 'aggregation':
      return metricsIn(expression.arg);
    case 'binary':
      return [...metricsIn(expression.left), ...metricsIn(expression.right)];
  }
}
