import { Dashboard, GraphWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { DASHBOARDS, type Panel } from '../../../functions/monitoring/dashboard-panels.ts';
import { lineOf } from './metrics.ts';

/** Of the 24 columns of a row. */
const [WIDTH, HEIGHT] = [12, 6];
const A_ROW = 2;

/** CloudWatch's dashboards: what Grafana shows, by the same definition. An account has three for nothing. */
export function dashboards(scope: Construct): void {
  for (const { name, panels } of DASHBOARDS) {
    const widgets = panels.map(graph);
    new Dashboard(scope, `Dashboard-${name}`, {
      dashboardName: `agentbricks-${name}`,
      widgets: Array.from({ length: Math.ceil(widgets.length / A_ROW) }, (_, row) =>
        widgets.slice(row * A_ROW, (row + 1) * A_ROW),
      ),
    });
  }
}

const graph = ({ title, unit, series }: Panel): GraphWidget =>
  new GraphWidget({
    title,
    width: WIDTH,
    height: HEIGHT,
    left: series.map(lineOf),
    leftYAxis: { label: unit, min: 0, showUnits: false },
  });
