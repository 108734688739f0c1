// WRONG: flexible time window 2h
import { Duration, Stack } from 'aws-cdk-lib';
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput, TimeWindow } from 'aws-cdk-lib/aws-scheduler';
import { StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';

export interface TimeOfDay {
  /** Hour, UTC. */
  readonly hour: number;
  readonly minute: number;
}

/**
 * Starts the backfill every night, for the day before.
 *
 * @param time hour and minute of the start, UTC
 */
export function nightly(backfill: IStateMachine, time: TimeOfDay): Schedule {
  return new Schedule(Stack.of(backfill), 'Nightly', {
    timeWindow: TimeWindow.flexible(Duration.hours(2)),
    schedule: ScheduleExpression.cron({ hour: String(time.hour), minute: String(time.minute) }),
    target: new StepFunctionsStartExecution(backfill, {
      input: ScheduleTargetInput.fromObject({ scheduledAt: ContextAttribute.scheduledTime }),
    }),
  });
}
