import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { BrickStack, type BrickStackProps } from '../constructs/brick-stack.ts';

const NAMESPACE = 'AgentBricks';

/** 05: each minute the burn rate of every SLO; an alarm while one burns. The log line names the SLO and its runbook. */
export class MonitoringStack extends BrickStack {
  constructor(scope: Construct, id: string, props: BrickStackProps) {
    super(scope, id, 'monitoring', props);
    const pager = new Topic(this, 'Pager', { enforceSSL: true });
    const burning = new Metric({
      namespace: NAMESPACE,
      metricName: 'SloBurning',
      dimensionsMap: { service: 'agentbricks', operation: 'watch-slo' },
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(1),
    });
    new Alarm(this, 'SloBurns', {
      metric: burning,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // No verdict for five minutes is a fault of its own, and Lambda's own metrics show it.
      treatMissingData: TreatMissingData.BREACHING,
      alarmDescription: 'An error budget is being spent too fast; the log of watch-slo links the runbook',
    }).addAlarmAction(new SnsAction(pager));
  }
}
