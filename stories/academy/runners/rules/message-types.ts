import type { PrometheusVersion } from './evaluator/compiled-expressions-and-work-budget.ts';
import type { ProblemKind } from './promql/rule-error.ts';

/** One series that the judge made, with one value per scrape. `null`: the scrape did not find the series. */
export interface MadeSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (number | null)[];
}

/** Series over some simulated time. Time starts at 0; scrapes and evaluations take place every `step`. */
export interface Scenario {
  readonly series: readonly MadeSeries[];
  /** Milliseconds between two scrapes, and between two evaluations of the rules. */
  readonly step: number;
  /** Number of evaluations. */
  readonly evaluations: number;
  /** In the order of their evaluations. */
  readonly probes: readonly Probe[];
}

export interface Probe {
  /** Number of an evaluation, from 0. */
  readonly evaluation: number;
  /** Names of series whose values are reported. */
  readonly names: readonly string[];
  /** Labels that alerts should have. An alert without such a result is explained. @default - any labels fit */
  readonly about?: Readonly<Record<string, string>>;
}

/** An alert that fired, with the first and the last evaluation of each period in which it fired. */
export interface FiredAlert {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly line: number;
  readonly firing: readonly (readonly [from: number, to: number])[];
}

/** Why an alert had no result. */
export interface SilentAlert {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly line: number;
  /** A sentence that names the part of the expression that has no result. */
  readonly reason: string;
  /** Line of the rule that the reason is about: the alert's, or that of a rule that it reads. */
  readonly reasonLine: number;
}

export interface ProbeReport {
  readonly values: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
  readonly silent: readonly SilentAlert[];
}

/** An error that Prometheus would log during an evaluation. The rule has no result then. */
export interface EvaluationError {
  readonly line: number;
  readonly message: string;
}

export interface ScenarioReport {
  readonly fired: readonly FiredAlert[];
  readonly probes: readonly ProbeReport[];
  /** The first error of each rule. */
  readonly errors: readonly EvaluationError[];
}

/** A metric that a rule reads, although no series and no rule has this name. */
export interface UnknownMetric {
  readonly name: string;
  readonly line: number;
}

export interface RulesRequest {
  readonly token: string;
  readonly text: string;
  readonly version: PrometheusVersion;
  /** Maximum number of samples that may be read. */
  readonly samples: number;
  readonly scenarios: readonly Scenario[];
}

export interface ReportedProblem {
  readonly kind: ProblemKind;
  readonly subject: string;
  readonly message: string;
  readonly line?: number;
}

export type RulesResponse =
  | { readonly token: string; readonly kind: 'problem'; readonly problem: ReportedProblem }
  | {
      readonly token: string;
      readonly kind: 'reports';
      readonly reports: readonly ScenarioReport[];
      readonly unknown: readonly UnknownMetric[];
    };
