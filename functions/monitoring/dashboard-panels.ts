import { DAY, HOUR } from '#domain/core/time.ts';
import { SLOS } from './service-level-objectives.ts';

/** One line of a panel: what is counted, and how it becomes a number over time. */
export type Series =
  /** How many, per second. */
  | { readonly kind: 'perSecond'; readonly operation: string; readonly metric: string }
  /** How many in the hour before. For what is rare. */
  | { readonly kind: 'perHour'; readonly operation: string; readonly metric: string }
  /** Part of `of`, 0 to 1, over five minutes. */
  | { readonly kind: 'share'; readonly operation: string; readonly metric: string; readonly of: string }
  /** Of a metric in milliseconds, over five minutes. */
  | { readonly kind: 'quantile'; readonly operation: string; readonly metric: string; readonly quantile: number }
  | { readonly kind: 'mean'; readonly operation: string; readonly metric: string }
  /** How many times too fast an SLO's budget is spent, over a window in milliseconds. */
  | { readonly kind: 'burn'; readonly slo: string; readonly window: number };

export interface Panel {
  readonly title: string;
  /** What a reader learns from it. */
  readonly description: string;
  readonly unit: 'per second' | 'per hour' | 'share' | 'milliseconds' | 'times too fast';
  readonly series: readonly Series[];
}

export interface Dashboard {
  /** Part of its address. */
  readonly name: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

/** Over these a budget is shown. The longest is one day, because CloudWatch draws no longer period. */
const BURN_SHOWN = [HOUR, 6 * HOUR, DAY];
const [MEDIAN, WORST] = [0.5, 0.99];

const perSecond = (operation: string, ...metrics: readonly string[]): Series[] =>
  metrics.map((metric) => ({ kind: 'perSecond', operation, metric }));
const perHour = (operation: string, ...metrics: readonly string[]): Series[] =>
  metrics.map((metric) => ({ kind: 'perHour', operation, metric }));
const failing = (operation: string): Series => ({ kind: 'share', operation, metric: 'Errors', of: 'Invocations' });
const lasting = (operation: string): Series[] =>
  [MEDIAN, WORST].map((quantile) => ({ kind: 'quantile', operation, metric: 'Duration', quantile }));

const burnPanels: Panel[] = SLOS.map(({ name, objective, runbook }) => ({
  title: name,
  description: `How many times too fast its error budget is spent. Objective ${objective * 100} %. Runbook: ${runbook}`,
  unit: 'times too fast',
  series: BURN_SHOWN.map((window) => ({ kind: 'burn', slo: name, window })),
}));

const servicePanels: Panel[] = [
  {
    title: 'Requests',
    description: 'What is asked of the service; to compare every other panel with.',
    unit: 'per second',
    series: [...perSecond('collect', 'Invocations'), ...perSecond('recommend', 'Invocations')],
  },
  {
    title: 'Failed requests',
    description: 'Share that was answered with 5xx. It spends the budgets of collect- and recommend-availability.',
    unit: 'share',
    series: [failing('collect'), failing('recommend')],
  },
  {
    title: 'Duration of collect',
    description: 'Near its time-out of 10 s: the event log or the idempotency table is slow.',
    unit: 'milliseconds',
    series: lasting('collect'),
  },
  {
    title: 'Duration of recommend',
    description: 'All stages together, with the write of the exposure.',
    unit: 'milliseconds',
    series: lasting('recommend'),
  },
  {
    title: 'Events',
    description: 'Accepted, known already, refused. A client that sends a new form shows as refused, not as failed.',
    unit: 'per second',
    series: perSecond('collect', 'Accepted', 'Duplicates', 'Rejected'),
  },
  {
    title: 'Slates of a lesser policy',
    description: 'Share that the champion did not answer. It spends the budget of recommend-undegraded.',
    unit: 'share',
    series: [{ kind: 'share', operation: 'recommend', metric: 'Degraded', of: 'Invocations' }],
  },
];

const dataPanels: Panel[] = [
  {
    title: 'Records out of the log',
    description:
      'Into the lake, and into the online features. One at rest while events come in: its consumer stands still.',
    unit: 'per second',
    series: [...perSecond('archive', 'Archived'), ...perSecond('update-online', 'Applied')],
  },
  {
    title: 'Failed deliveries',
    description: 'Share of the batches that a consumer gave back. Some records then go to the dead letters.',
    unit: 'share',
    series: [failing('archive'), failing('update-online')],
  },
  {
    title: 'Online features that differ from the lake',
    description: 'Share of those sampled. None, or something is broken.',
    unit: 'share',
    series: [{ kind: 'share', operation: 'check-parity', metric: 'FeaturesDiffered', of: 'FeaturesSampled' }],
  },
  {
    title: 'Age of online features',
    description: 'Since the watermark. It is moved every 15 minutes.',
    unit: 'milliseconds',
    series: [{ kind: 'mean', operation: 'check-parity', metric: 'FeatureAge' }],
  },
  {
    title: 'Files of the lake',
    description: 'Small files merged, and those that were deleted after it.',
    unit: 'per hour',
    series: perHour('compact', 'FilesMerged', 'FilesDeleted'),
  },
  {
    title: 'Champions and canaries',
    description: 'A change here just before another panel bends is the first suspect.',
    unit: 'per hour',
    series: [...perHour('promote', 'Promoted'), ...perHour('watch-canary', 'CanaryRolledBack')],
  },
  {
    title: 'States of the pipeline that failed',
    description: 'What is served does not change by it; the next run starts anew.',
    unit: 'per hour',
    series: ['await-archive', 'build-features', 'evaluate', 'gate', 'promote'].flatMap((state) =>
      perHour(state, 'Errors'),
    ),
  },
  {
    title: 'Titles that the shadow shares with the champion',
    description: 'Share of its slate. No line: nothing is in the shadow.',
    unit: 'share',
    series: [{ kind: 'share', operation: 'recommend', metric: 'ShadowCommon', of: 'ShadowTitles' }],
  },
];

/** Every dashboard. CloudWatch's (lib/) and Grafana's (localstack/grafana) are made of this, so they show the same. */
export const DASHBOARDS: readonly Dashboard[] = [
  { name: 'slos', title: 'AgentBricks: error budgets', panels: burnPanels },
  { name: 'service', title: 'AgentBricks: the service', panels: servicePanels },
  { name: 'data', title: 'AgentBricks: data and models', panels: dataPanels },
];

/** A line's name. */
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
