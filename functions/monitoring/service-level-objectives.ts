/** What users may rely on. `bad` of the operation's `requests` spend the error budget, 1 − objective. */
export interface Slo {
  readonly name: string;
  /** The trigger whose metrics are counted (functions/triggers.ts). */
  readonly operation: string;
  /** Names of count metrics. */
  readonly requests: string;
  readonly bad: string;
  /** Share of good requests, 0 to 1. */
  readonly objective: number;
  /** What to do when it burns; a file of this repository. */
  readonly runbook: `docs/runbooks/${string}.md`;
}

const [INVOCATIONS, ERRORS, DEGRADED] = ['Invocations', 'Errors', 'Degraded'] as const;

/** Every SLO. watch-slo reads it each minute, and so may the dashboards and alarms of lib/. */
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
    // All of them agree, or something is broken: one of a few hundred that does not is found within the day.
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
