/** A service-level objective: a minimum share of good requests. Bad requests spend the error budget: 1 − objective. */
export interface Slo {
  readonly name: string;
  /** Function that counts the metrics (functions/triggers.ts). */
  readonly operation: string;
  /** Count metric of all requests. */
  readonly requests: string;
  readonly bad: string;
  /** Share of good requests, 0 to 1. */
  readonly objective: number;
  /** Runbook for the case that the SLO burns: a path from the repository's root. */
  readonly runbook: `docs/runbooks/${string}.md`;
}

const [INVOCATIONS, ERRORS, DEGRADED] = ['Invocations', 'Errors', 'Degraded'] as const;

/**
 * Every SLO. watch-slo, the dashboards and CloudWatch's alarms use this table. localstack/prometheus/rules.yml repeats
 * it for Prometheus, and a test compares the two.
 */
export const SLOS: readonly Slo[] = [
  {
    name: 'collect-availability',
    operation: 'collect',
    requests: INVOCATIONS,
    bad: ERRORS,
    objective: 0.999,
    runbook: 'docs/runbooks/collect-availability.md',
  },
  {
    name: 'recommend-availability',
    operation: 'recommend',
    requests: INVOCATIONS,
    bad: ERRORS,
    objective: 0.999,
    runbook: 'docs/runbooks/recommend-availability.md',
  },
  {
    name: 'recommend-undegraded',
    operation: 'recommend',
    requests: INVOCATIONS,
    bad: DEGRADED,
    objective: 0.99,
    runbook: 'docs/runbooks/recommend-undegraded.md',
  },
  {
    name: 'archive-delivery',
    operation: 'archive',
    requests: INVOCATIONS,
    bad: ERRORS,
    objective: 0.99,
    runbook: 'docs/runbooks/consumer-delivery.md',
  },
  {
    name: 'online-features-delivery',
    operation: 'update-online',
    requests: INVOCATIONS,
    bad: ERRORS,
    objective: 0.99,
    runbook: 'docs/runbooks/consumer-delivery.md',
  },
  {
    name: 'features-parity',
    operation: 'check-parity',
    requests: 'FeaturesSampled',
    bad: 'FeaturesDiffered',
    // All values agree unless something is broken. With this objective, the SLO burns within a day if one of a few
    // hundred sampled values differs.
    objective: 0.9999,
    runbook: 'docs/runbooks/features-parity.md',
  },
  {
    name: 'features-freshness',
    operation: 'check-parity',
    requests: 'ViewsChecked',
    bad: 'ViewsStale',
    objective: 0.99,
    runbook: 'docs/runbooks/features-freshness.md',
  },
];

/** Returns the share of requests that may be bad, without floating-point noise: 0.001, not 0.0010000000000000009. */
export const budgetOf = ({ objective }: Pick<Slo, 'objective'>): number => Number((1 - objective).toFixed(9));
