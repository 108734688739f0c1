import { LegendDisplayMode, LegendPlacement, VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import { DashboardBuilder, type Dashboard as GrafanaDashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { type Dashboard, labelOf, type Panel } from '../../functions/monitoring/dashboard-panels.ts';
import { queryOf } from '../../functions/monitoring/load-prometheus-queries.ts';

/** Data source of provisioning/datasources/prometheus.yml. */
export const DATASOURCE = { type: 'prometheus', uid: 'prometheus' } as const;
/** Width and height of a panel, in units of Grafana's grid, which is 24 units wide. */
const [WIDTH, HEIGHT] = [12, 8];
/** Grafana's name of each unit. */
const UNIT: Record<Panel['unit'], string> = {
  'per second': 'cps',
  'per hour': 'short',
  share: 'percentunit',
  milliseconds: 'ms',
  'times too fast': 'suffix: ×',
};

/** Returns a dashboard as Grafana stores it. */
export function grafanaDashboard({ name, title, panels }: Dashboard): GrafanaDashboard {
  const dashboard = new DashboardBuilder(title)
    .uid(`agentbricks-${name}`)
    .tags(['agentbricks'])
    .readonly()
    .timezone('utc')
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s');
  for (const panel of panels) dashboard.withPanel(timeSeries(panel));
  return dashboard.build();
}

const legend = () =>
  new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom);

function timeSeries({ title, description, unit, series }: Panel): PanelBuilder {
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(UNIT[unit])
    .min(0)
    .legend(legend())
    .span(WIDTH)
    .height(HEIGHT);
  for (const [i, line] of series.entries()) {
    const refId = String.fromCharCode('A'.charCodeAt(0) + i);
    panel.withTarget(new DataqueryBuilder().refId(refId).expr(queryOf(line)).legendFormat(labelOf(line)));
  }
  return panel;
}
