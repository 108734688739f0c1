import type { Vector } from '../evaluator/compiled-expressions-and-work-budget.ts';
import { type Labels, labelsOf, remembered } from '../evaluator/interned-label-sets.ts';
import { distinct } from '../evaluator/reject-equal-labels.ts';
import type { SeriesStore } from '../evaluator/series-store.ts';
import { METRIC } from '../promql/parse-selector.ts';
import type { Rule } from '../rule-file/rule-types.ts';

/** The alerts of one rule. */
export interface AlertStates {
  /** Updates the alerts with the results of the rule's expression. */
  update(results: Vector, time: number): void;
  /** Returns the labels of the alerts that fire. */
  firing(): readonly Labels[];
}

type State = 'pending' | 'firing';

/**
 * Creates the alerts of a rule. An alert is pending while its expression has a result, and fires when the expression
 * has had a result for the duration `for` of the rule. As in Prometheus, the series ALERTS contains all alerts, and the
 * series ALERTS_FOR_STATE contains the start of each alert in seconds.
 */
export function alertStates(rule: Rule, store: SeriesStore): AlertStates {
  const labelled = remembered(({ values }: Labels) => {
    const own = [...values].filter(([name]) => name !== METRIC);
    return labelsOf([...own, ...Object.entries(rule.labels), ['alertname', rule.name]]);
  });
  const seriesOf = (labels: Labels, state: State) =>
    labelsOf([...labels.values, ['alertstate', state], [METRIC, 'ALERTS']]);
  const startOf = (labels: Labels) => labelsOf([...labels.values, [METRIC, 'ALERTS_FOR_STATE']]);
  const since = new Map<Labels, number>();
  let states = new Map<Labels, State>();
  return {
    update: (results, time) => {
      const active = distinct(results.map(({ labels, value }) => ({ labels: labelled(labels), value })));
      const next = new Map<Labels, State>();
      for (const { labels } of active) {
        const start = since.get(labels) ?? time;
        since.set(labels, start);
        const state = time - start >= rule.holdMs ? 'firing' : 'pending';
        next.set(labels, state);
        store.append(seriesOf(labels, state), time, 1);
        store.append(startOf(labels), time, start / 1_000);
      }
      for (const [labels, state] of states) {
        if (!next.has(labels)) {
          since.delete(labels);
          store.end(startOf(labels), time);
        }
        if (next.get(labels) !== state) store.end(seriesOf(labels, state), time);
      }
      states = next;
    },
    firing: () => [...states].filter(([, state]) => state === 'firing').map(([labels]) => labels),
  };
}
