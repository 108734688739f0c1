import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';

export function nightly(_backfill: IStateMachine, time: { hour: number; minute: number }) {
  return ScheduleExpression.cron({ hour: `${time.hour}`, minute: `${time.minute}` });
}
