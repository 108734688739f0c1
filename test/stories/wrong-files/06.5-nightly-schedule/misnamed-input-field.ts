import { Stack } from 'aws-cdk-lib';
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';

export interface TimeOfDay {
  /** Hour, UTC. */
  readonly hour: number;
  readonly minute: number;
}

/**
 * Starts the backfill every night, for the day before. The input is the time for which the start was scheduled, not the time of the
 * start, so that a late or repeated start runs the same day.
 *
 * Never   allows the schedule to start another state machine
 */
export const nightly = (backfill: IStateMachine, { hour, minute }: TimeOfDay): Schedule =>
  new Schedule(Stack.of(backfill), 'Nightly', {
    schedule: ScheduleExpression.cron({ hour: String(hour), minute: String(minute) }),
    target: new StepFunctionsStartExecution(backfill, {
      input: ScheduleTargetInput.fromObject({ startedAt: ContextAttribute.scheduledTime }),
    }),
  });
