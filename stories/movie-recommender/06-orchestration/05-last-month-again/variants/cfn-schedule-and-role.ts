import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';

export interface TimeOfDay {
  /** Hour, UTC. */
  readonly hour: number;
  readonly minute: number;
}

/** Writes the CloudFormation resources down: a role with one permission, and the schedule. */
export function nightly(backfill: IStateMachine, at: TimeOfDay): CfnSchedule {
  const stack = Stack.of(backfill);
  const { stateMachineArn: arn } = backfill;
  const start = new PolicyStatement({ actions: ['states:StartExecution'], resources: [arn] });
  const role = new Role(stack, 'NightlyRole', {
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com'),
    inlinePolicies: { start: new PolicyDocument({ statements: [start] }) },
  });
  return new CfnSchedule(stack, 'NightlySchedule', {
    flexibleTimeWindow: { mode: 'OFF' },
    scheduleExpression: `cron(${at.minute} ${at.hour} * * ? *)`,
    scheduleExpressionTimezone: 'UTC',
    target: { arn, roleArn: role.roleArn, input: '{"scheduledAt":"<aws.scheduler.scheduled-time>"}' },
  });
}
