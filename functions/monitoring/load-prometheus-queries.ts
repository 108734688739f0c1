import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Series } from './dashboard-panels.ts';

/** One query of queries.promql. */
export interface PrometheusQuery {
  readonly unit: string;
  /** PromQL on one line. `queryOf` replaces `$operation` and `$slo`. */
  readonly promql: string;
}

const FILE = join(import.meta.dirname, 'queries.promql');

/** All queries of queries.promql, by name. */
export const QUERIES: ReadonlyMap<string, PrometheusQuery> = new Map(
  readFileSync(FILE, 'utf8')
    .split(/\n\n+/)
    .map((block) => {
      const lines = block.split('\n');
      const [, name = '', unit = ''] = /^# (\w+): (.+)$/.exec(lines[0] ?? '') ?? [];
      const promql = lines.filter((line) => !line.startsWith('#')).join(' ');
      return [name, { unit, promql: promql.trim() }] as const;
    })
    .filter(([name]) => name !== ''),
);

/**
 * Returns the PromQL of one line of a panel.
 *
 * @throws Error if queries.promql has no query of that name
 */
export function queryOf(series: Series): string {
  const query = QUERIES.get(series.query);
  if (!query) throw new Error(`queries.promql has no query ${series.query}: add it, or correct dashboard-panels.ts`);
  return query.promql.replaceAll(/\$(operation|slo)\b/g, (_, name) => String(series[name as keyof Series]));
}
