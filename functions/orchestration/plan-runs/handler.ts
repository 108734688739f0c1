import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import type { PipelineInput } from '#domain/models/pipeline-run-input-and-files.ts';
import type { Ports } from '#ports/index.ts';
import { BadRange, Range } from './backfill-input-schema.ts';
import { planRuns } from './plan-runs.ts';

export interface PlanInput {
  /** Input of the backfill, not validated yet. */
  readonly range: unknown;
  /** Name of the backfill's execution. */
  readonly name: string;
}
export interface Plan {
  readonly runs: readonly PipelineInput[];
}

/** Handles state Plan of a backfill: returns the pipeline's runs, one per day. */
export const plan = ({ now, telemetry }: Pick<Ports, 'now' | 'telemetry'>) =>
  middy()
    .use(observed<PlanInput, Plan>(telemetry, 'plan-runs'))
    .handler(async ({ range, name }: PlanInput, { invocation }: ObservedContext): Promise<Plan> => {
      const parsed = Range.safeParse(range);
      if (!parsed.success) {
        const issues = parsed.error.issues.map(({ message }) => message).join('; ');
        throw new BadRange(`the backfill's input is not a range: ${JSON.stringify(range)}`, issues);
      }
      const runs = planRuns(parsed.data, name, now());
      invocation.count('RunsPlanned', runs.length);
      return { runs };
    });
