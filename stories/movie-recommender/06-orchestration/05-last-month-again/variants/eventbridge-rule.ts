import { Stack } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';

export interface TimeOfDay {
  /** Hour, UTC. */
  readonly hour: number;
  readonly minute: number;
}

/** Uses a scheduled rule of EventBridge. The time of its event is the time for which the start was scheduled. */
export function nightly(backfill: IStateMachine, time: TimeOfDay): Rule {
  const rule = new Rule(Stack.of(backfill), 'EveryNight', {
    schedule: Schedule.cron({ minute: `${time.minute}`, hour: `${time.hour}` }),
  });
  rule.addTarget(
    new SfnStateMachine(backfill, { input: RuleTargetInput.fromObject({ scheduledAt: EventField.time }) }),
  );
  return rule;
}
