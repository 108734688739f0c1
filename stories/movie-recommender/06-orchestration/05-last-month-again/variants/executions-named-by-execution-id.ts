import { Duration, Stack, TimeZone } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { Universal } from 'aws-cdk-lib/aws-scheduler-targets';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';

export interface TimeOfDay {
  /** Hour, UTC. */
  readonly hour: number;
  readonly minute: number;
}

/** Calls the API of Step Functions directly, so that the name of an execution shows that the schedule started it. */
export const nightly = (backfill: IStateMachine, time: TimeOfDay): Schedule => {
  const request = {
    StateMachineArn: backfill.stateMachineArn,
    Name: `nightly-${ContextAttribute.executionId}`,
    Input: `{"scheduledAt":"${ContextAttribute.scheduledTime}"}`,
  };
  const target = new Universal({
    ...{ service: 'sfn', action: 'startExecution', retryAttempts: 5, maxEventAge: Duration.hours(6) },
    input: ScheduleTargetInput.fromObject(request),
    policyStatements: [
      new PolicyStatement({ actions: ['states:StartExecution'], resources: [backfill.stateMachineArn] }),
    ],
  });
  const { hour, minute } = time;
  const schedule = ScheduleExpression.expression(`cron(${minute} ${hour} ? * * *)`, TimeZone.ETC_UTC);
  return new Schedule(Stack.of(backfill), 'Nightly', { schedule, target, description: 'Runs the day before' });
};
