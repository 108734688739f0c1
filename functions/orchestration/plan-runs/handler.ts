import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/observe-handler.ts';
import type { PipelineInput } from '#domain/models/pipeline-run.ts';
import type { Ports } from '#ports/index.ts';
import { BadRange, planRuns, Range } from './plan-daily-runs.ts';

export interface PlanInput {
  /** As it was given to the backfill. */
  readonly range: unknown;
  /** Of the backfill's execution. */
  readonly name: string;
}
export interface Plan {
  readonly runs: readonly PipelineInput[];
}

/** State Plan of a backfill: which runs of the pipeline it is made of. */
export const plan = ({ now, telemetry }: Pick<Ports, 'now' | 'telemetry'>) =>
  middy()
    .use(observed<PlanInput, Plan>(telemetry, 'plan-runs'))
    .handler(async ({ range, name }: PlanInput, { invocation }: ObservedContext): Promise<Plan> => {
      const parsed = Range.safeParse(range);
      if (!parsed.success)
        throw new BadRange('the range cannot be read', parsed.error.issues.map(({ message }) => message).join('; '));
      const runs = planRuns(parsed.data, name, now());
      invocation.count('RunsPlanned', runs.length);
      return { runs };
    });
