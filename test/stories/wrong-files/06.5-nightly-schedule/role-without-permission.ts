import { Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';

export function nightly(backfill: IStateMachine, time: { hour: number; minute: number }) {
  const stack = Stack.of(backfill);
  const role = new Role(stack, 'NightlyRole', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') });
  return new CfnSchedule(stack, 'Nightly', {
    flexibleTimeWindow: { mode: 'OFF' },
    scheduleExpression: `cron(${time.minute} ${time.hour} * * ? *)`,
    target: {
      arn: backfill.stateMachineArn,
      roleArn: role.roleArn,
      input: '{"scheduledAt":"<aws.scheduler.scheduled-time>"}',
    },
  });
}
