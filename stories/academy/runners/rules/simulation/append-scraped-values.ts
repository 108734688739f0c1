import type { Evaluation } from '../evaluator/compiled-expressions-and-work-budget.ts';
import { labelsOf } from '../evaluator/interned-label-sets.ts';
import type { MadeSeries } from '../message-types.ts';

/**
 * Returns the function that appends the values of one scrape. If a scrape no longer finds a series, the series ends.
 *
 * Its arguments are the number of the scrape, from 0, and its time in milliseconds.
 */
export function scraper(series: readonly MadeSeries[], { store }: Evaluation): (number: number, time: number) => void {
  const made = series.map(({ labels, values }) => ({ labels: labelsOf(Object.entries(labels)), values }));
  return (number, time) => {
    for (const { labels, values } of made) {
      const value = values[number] ?? null;
      if (value !== null) store.append(labels, time, value);
      else if (number > 0 && (values[number - 1] ?? null) !== null) store.end(labels, time);
    }
  };
}
