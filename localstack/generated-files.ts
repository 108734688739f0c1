import { join } from 'node:path';
import { stringify } from 'yaml';
import { DASHBOARDS } from '../functions/monitoring/dashboard-panels.ts';
import { grafanaDashboard } from './grafana/dashboards.ts';
import { rules } from './prometheus/alert-rules.ts';

const MADE_BY = '# Made by `npm run dashboards` of functions/monitoring. Change it there.\n';

/** Files that are made of functions/monitoring, with what they must hold: by path from this folder. */
export const generated = (): ReadonlyMap<string, string> =>
  new Map([
    ['prometheus/rules.yml', MADE_BY + stringify(rules(), { lineWidth: 0, aliasDuplicateObjects: false })],
    ...DASHBOARDS.map((dashboard): [string, string] => [
      join('grafana/dashboards', `${dashboard.name}.json`),
      `${JSON.stringify(grafanaDashboard(dashboard), null, 2)}\n`,
    ]),
  ]);
