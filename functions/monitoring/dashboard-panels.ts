import { DAY, HOUR } from '#domain/core/time.ts';
import { SLOS } from './service-level-objectives.ts';

/**
 * One line of a panel. `query` is the name of the query in queries.promql that Grafana draws. The other fields describe
 * the same numbers for CloudWatch; a test compares the two.
 */
export type Series = { readonly query: string } & (
  | { readonly kind: 'perSecond'; readonly operation: string; readonly metric: string }
  /** Count in the previous hour, for rare events. */
  | { readonly kind: 'perHour'; readonly operation: string; readonly metric: string }
  /** Ratio of the counts `metric` and `of`, 0 to 1, over five minutes. */
  | { readonly kind: 'share'; readonly operation: string; readonly metric: string; readonly of: string }
  /** Quantile of a metric in milliseconds, over five minutes. */
  | { readonly kind: 'quantile'; readonly operation: string; readonly metric: string; readonly quantile: number }
  /** Mean of a metric in milliseconds, over five minutes. */
  | { readonly kind: 'mean'; readonly operation: string; readonly metric: string }
  /** Burn rate of an SLO over a window in milliseconds: how many times too fast its error budget is spent. */
  | { readonly kind: 'burn'; readonly slo: string; readonly window: number }
);

export interface Panel {
  readonly title: string;
  /** Content of the panel, and the meaning of a change. */
  readonly description: string;
  readonly unit: 'per second' | 'per hour' | 'share' | 'milliseconds' | 'times too fast';
  readonly series: readonly Series[];
}

export interface Dashboard {
  /** Part of the dashboard's URL. */
  readonly name: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Windows of the budget panels, with their queries. The longest is one day, the maximum period of CloudWatch. */
const BURN_SHOWN = [
  { query: 'burn_1h', window: HOUR },
  { query: 'burn_6h', window: 6 * HOUR },
  { query: 'burn_1d', window: DAY },
];

const perSecond = (query: string, operation: string, metric: string): Series => ({
  query,
  kind: 'perSecond',
  operation,
  metric,
});
const perHour = (query: string, operation: string, metric: string): Series => ({
  query,
  kind: 'perHour',
  operation,
  metric,
});
const share = (query: string, operation: string, metric: string, of: string): Series => ({
  query,
  kind: 'share',
  operation,
  metric,
  of,
});
const requests = (operation: string) => perSecond('requests_per_second', operation, 'Invocations');
const failing = (operation: string) => share('failed_share', operation, 'Errors', 'Invocations');
const durations = (operation: string): Series[] => [
  { query: 'duration_median', kind: 'quantile', operation, metric: 'Duration', quantile: 0.5 },
  { query: 'duration_p99', kind: 'quantile', operation, metric: 'Duration', quantile: 0.99 },
];

const burnPanels: Panel[] = SLOS.map(({ name, objective, runbook }) => ({
  title: name,
  description: `How many times too fast the error budget is spent. Objective ${objective * 100} %. Runbook: ${runbook}`,
  unit: 'times too fast',
  series: BURN_SHOWN.map(({ query, window }) => ({ query, kind: 'burn', slo: name, window })),
}));

const servicePanels: Panel[] = [
  {
    title: 'Requests',
    description: 'Requests to the service. Compare every other panel with this one.',
    unit: 'per second',
    series: [requests('collect'), requests('recommend')],
  },
  {
    title: 'Failed requests',
    description: 'Share of 5xx responses. They spend the budgets of collect-availability and recommend-availability.',
    unit: 'share',
    series: [failing('collect'), failing('recommend')],
  },
  {
    title: 'Duration of collect',
    description: 'Near the time-out of 10 s, the event log or the idempotency table is slow.',
    unit: 'milliseconds',
    series: durations('collect'),
  },
  {
    title: 'Duration of recommend',
    description: 'All stages, including the write of the exposure.',
    unit: 'milliseconds',
    series: durations('recommend'),
  },
  {
    title: 'Events',
    description:
      'Accepted, duplicate and rejected events. A client with a new event format shows as rejected, not as failed.',
    unit: 'per second',
    series: [
      perSecond('events_accepted', 'collect', 'Accepted'),
      perSecond('events_duplicated', 'collect', 'Duplicates'),
      perSecond('events_rejected', 'collect', 'Rejected'),
    ],
  },
  {
    title: 'Degraded slates',
    description: 'Share of slates that a fallback policy served. They spend the budget of recommend-undegraded.',
    unit: 'share',
    series: [share('degraded_share', 'recommend', 'Degraded', 'Invocations')],
  },
];

const dataPanels: Panel[] = [
  {
    title: 'Records read from the log',
    description:
      'Records written to the lake, and applied to the online features. A line at 0 while events arrive: its consumer has stalled.',
    unit: 'per second',
    series: [
      perSecond('records_archived', 'archive', 'Archived'),
      perSecond('events_applied', 'update-online', 'Applied'),
    ],
  },
  {
    title: 'Failed deliveries',
    description: 'Share of batches that failed, or from which a record became a dead letter.',
    unit: 'share',
    series: [failing('archive'), failing('update-online')],
  },
  {
    title: 'Online features that differ from the lake',
    description: 'Share of the sampled features. Above 0, something is broken.',
    unit: 'share',
    series: [share('features_differing_share', 'check-parity', 'FeaturesDiffered', 'FeaturesSampled')],
  },
  {
    title: 'Age of online features',
    description: 'Time since the watermark, which moves every 15 minutes.',
    unit: 'milliseconds',
    series: [{ query: 'feature_age', kind: 'mean', operation: 'check-parity', metric: 'FeatureAge' }],
  },
  {
    title: 'Files of the lake',
    description: 'Small files that compaction merged, and files that it deleted afterwards.',
    unit: 'per hour',
    series: [perHour('files_merged', 'compact', 'FilesMerged'), perHour('files_deleted', 'compact', 'FilesDeleted')],
  },
  {
    title: 'Champions and canaries',
    description: 'Promotions and canary rollbacks. If another panel changes just after one of them, suspect it first.',
    unit: 'per hour',
    series: [
      perHour('promotions', 'promote', 'Promoted'),
      perHour('canary_rollbacks', 'watch-canary', 'CanaryRolledBack'),
    ],
  },
  {
    title: 'Failed states of the pipeline',
    description: 'The served model is unchanged, and the next run starts from the beginning.',
    unit: 'per hour',
    series: ['await-archive', 'build-features', 'evaluate', 'gate', 'promote'].map((state) =>
      perHour('failures', state, 'Errors'),
    ),
  },
  {
    title: 'Titles that the shadow shares with the champion',
    description: 'Share of the titles of a slate. Without a line, no version is in the shadow.',
    unit: 'share',
    series: [share('shadow_overlap_share', 'recommend', 'ShadowCommon', 'ShadowTitles')],
  },
];

/** Every dashboard. The dashboards of CloudWatch (lib/) and Grafana (localstack/grafana) are built from this table. */
export const DASHBOARDS: readonly Dashboard[] = [
  { name: 'slos', title: 'AgentBricks: error budgets', panels: burnPanels },
  { name: 'service', title: 'AgentBricks: the service', panels: servicePanels },
  { name: 'data', title: 'AgentBricks: data and models', panels: dataPanels },
];

/** Returns a line's name in the legend. */
export function labelOf(series: Series): string {
  switch (series.kind) {
    case 'burn':
      return `over ${series.window / HOUR} h`;
    case 'quantile':
      return `${series.operation} p${series.quantile * 100}`;
    default:
      return `${series.operation} ${series.metric}`;
  }
}
