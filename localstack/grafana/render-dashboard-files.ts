import { join } from 'node:path';
import { DASHBOARDS } from '../../functions/monitoring/dashboard-panels.ts';
import { grafanaDashboard } from './to-grafana-dashboard.ts';

/** Returns the contents of the files that are generated from functions/monitoring, by path from this folder. */
export const generated = (): ReadonlyMap<string, string> =>
  new Map(
    DASHBOARDS.map((dashboard): [string, string] => [
      join('grafana/dashboards', `${dashboard.name}.json`),
      `${JSON.stringify(grafanaDashboard(dashboard), null, 2)}\n`,
    ]),
  );
