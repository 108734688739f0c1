import { invalid } from '../promql/rule-error.ts';
import type { Vector } from './compiled-expressions-and-work-budget.ts';
import { type Labels, shownLabels } from './interned-label-sets.ts';

/**
 * Returns the vector.
 *
 * @throws RuleProblem if two samples have equal labels: Prometheus rejects such a result
 */
export function distinct(vector: Vector): Vector {
  if (vector.length < 2) return vector;
  const seen = new Set<Labels>();
  for (const { labels } of vector) {
    if (seen.has(labels)) throw invalid(shownLabels(labels), `the result has two series ${shownLabels(labels)}`);
    seen.add(labels);
  }
  return vector;
}
