import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { Universal } from 'aws-cdk-lib/aws-scheduler-targets';
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
  // TODO: replace this schedule. It ignores the time, runs one day again and again, and may start everything.
  return new Schedule(Stack.of(backfill), 'Nightly', {
    schedule: ScheduleExpression.rate(Duration.days(1)),
    target: new Universal({
      service: 'sfn',
      action: 'startExecution',
      input: ScheduleTargetInput.fromObject({
        StateMachineArn: backfill.stateMachineArn,
        Name: 'nightly',
        Input: JSON.stringify({ scheduledAt: new Date().toISOString() }),
      }),
      policyStatements: [new PolicyStatement({ actions: ['states:*'], resources: ['*'] })],
    }),
  });
}
