import type { Aggregation } from '../promql/expression-types.ts';
import { METRIC } from '../promql/parse-selector.ts';
import { unsupported } from '../promql/rule-error.ts';
import type { Sample, Vector } from './compiled-expressions-and-work-budget.ts';
import { keeping, type Labels, removing } from './interned-label-sets.ts';

const OPERATORS: ReadonlyMap<string, (values: readonly number[]) => number> = new Map([
  ['sum', sum],
  ['avg', (values: readonly number[]) => sum(values) / values.length],
  ['count', (values: readonly number[]) => values.length],
  ['group', () => 1],
  [
    'min',
    (values: readonly number[]) => values.reduce((best, value) => (value < best || Number.isNaN(best) ? value : best)),
  ],
  [
    'max',
    (values: readonly number[]) => values.reduce((best, value) => (value > best || Number.isNaN(best) ? value : best)),
  ],
]);

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Returns the function that groups a vector's samples and combines the values of each group. */
export function aggregator({ operator, grouping, labels }: Aggregation): (vector: Vector) => Vector {
  const combine = OPERATORS.get(operator);
  if (!combine) throw unsupported(operator, 'The aggregation');
  const groupOf = grouping === 'by' ? keeping(labels) : removing([...labels, METRIC]);
  return (vector) => {
    const groups = new Map<Labels, number[]>();
    for (const { labels: each, value } of vector) {
      const group = groupOf(each);
      const values = groups.get(group);
      if (values) values.push(value);
      else groups.set(group, [value]);
    }
    return [...groups].map(([group, values]): Sample => ({ labels: group, value: combine(values) }));
  };
}
