import type { AlertFigures, PipelineNight } from '#domain/experiments/live-check-figure-types.ts';

export interface PipelineRequest {
  readonly seed: number;
  readonly agents: number;
  /** Hours that are simulated before the first run. */
  readonly hours: number;
  /** Path of the learner's definition. */
  readonly file: string;
}

/** The runs of a small city's pipeline with the learner's definition, and the same runs with the reference's. */
export interface PipelineFigures {
  readonly yours: readonly PipelineNight[];
  readonly reference: readonly PipelineNight[];
  /** Why the learner's definition broke a run, as a clause. @default - it broke no run */
  readonly lastFailure?: string;
}

export interface AlertRequest {
  readonly seed: number;
  readonly agents: number;
  /** Path of the learner's rules. */
  readonly file: string;
}

/** The alerts of the learner's rules and of the reference's, on the metrics of the same small city. */
export interface AlertComparison {
  readonly yours: AlertFigures;
  readonly reference: AlertFigures;
  /** Requests to the collector, and those that failed in the outage. */
  readonly requests: number;
  readonly failed: number;
}

/** Cities whose pipeline or alerts a live check measures. */
export interface PipelineAndAlertCities {
  /** @throws SeamUnusable if the definition cannot be interpreted */
  readonly runPipelines: (request: PipelineRequest) => Promise<PipelineFigures>;
  /**
   * Makes the tasks fail, one per run. Returns the number of tasks whose failure the definition ignores: the run
   * succeeds.
   */
  readonly countIgnoredFailures: (file: string) => Promise<number>;
  /** @throws SeamUnusable if the rules cannot be evaluated */
  readonly runAlerts: (request: AlertRequest) => Promise<AlertComparison>;
  /** Evaluates an expression after scrapes of the counter `errors`, a minute apart. Returns NaN without a result. */
  readonly evaluateExpression: (expression: string, values: readonly number[]) => Promise<number>;
}
