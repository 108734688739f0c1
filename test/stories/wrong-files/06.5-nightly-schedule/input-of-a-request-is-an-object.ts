// WRONG: Input as an object, not JSON text
import { Stack } from 'aws-cdk-lib';
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { Universal } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';

import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
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
    schedule: ScheduleExpression.cron({ hour: String(time.hour), minute: String(time.minute) }),
    target: new Universal({
      service: 'sfn',
      action: 'startExecution',
      input: ScheduleTargetInput.fromObject({
        StateMachineArn: backfill.stateMachineArn,
        
        Input: { scheduledAt: ContextAttribute.scheduledTime },
      }),
      policyStatements: [new PolicyStatement({ actions: ['states:StartExecution'], resources: [backfill.stateMachineArn] })],
    }),
  });
}
