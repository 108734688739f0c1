import { Dashboard, GraphWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { DASHBOARDS, type Panel } from '../../../functions/monitoring/dashboard-panels.ts';
import { lineOf } from './build-cloudwatch-metrics.ts';

/** Width and height of a graph, in units of CloudWatch's grid, which is 24 units wide. */
const [WIDTH, HEIGHT] = [12, 6];
const GRAPHS_PER_ROW = 2;

/** Creates the CloudWatch dashboards, with the same panels as in Grafana. Three dashboards per account are free of charge. */
export function dashboards(scope: Construct): void {
  for (const { name, panels } of DASHBOARDS) {
    const widgets = panels.map(graph);
    new Dashboard(scope, `Dashboard-${name}`, {
      dashboardName: `agentbricks-${name}`,
      widgets: Array.from({ length: Math.ceil(widgets.length / GRAPHS_PER_ROW) }, (_, row) =>
        widgets.slice(row * GRAPHS_PER_ROW, (row + 1) * GRAPHS_PER_ROW),
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
