import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { SLOS } from '../../functions/monitoring/service-level-objectives.ts';
import { BrickStack, type BrickStackProps } from '../constructs/brick-stack.ts';
import { dashboards } from '../constructs/observability/dashboards.ts';
import { metricOf } from '../constructs/observability/metrics.ts';
import { SloAlarms } from '../constructs/observability/slo-alarms.ts';
import { runbookAt } from '../runbook-links.ts';

/** SSM parameter that holds the topic of what waits for the morning. */
export const TICKETS_TOPIC = '/agentbricks/tickets-topic';

/**
 * 05: dashboards, and what wakes somebody: burn-rate alarms of CloudWatch, and one on what watch-slo finds by itself each
 * minute. `cdk deploy Monitoring -c email=you@example.org` sends both topics there; `-c runbooks=https://…` is where
 * docs/runbooks is to be read.
 */
export class MonitoringStack extends BrickStack {
  constructor(scope: Construct, id: string, props: BrickStackProps) {
    super(scope, id, 'monitoring', props);
    const [pager, tickets] = [this.topic('Pager'), this.topic('Tickets')];
    new StringParameter(this, 'TicketsTopic', { parameterName: TICKETS_TOPIC, stringValue: tickets.topicArn });
    const actions = { page: new SnsAction(pager), ticket: new SnsAction(tickets) };
    for (const slo of SLOS) {
      const runbookUrl = runbookAt(this.node, slo.runbook);
      new SloAlarms(this, slo.name, { slo, severities: props.profile.alarms, actions, runbookUrl });
    }
    new Alarm(this, 'SloBurns', {
      metric: metricOf('watch-slo', 'SloBurning', Duration.minutes(1), Stats.MAXIMUM),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // No verdict for five minutes is a fault of its own, and Lambda's own metrics show it.
      treatMissingData: TreatMissingData.BREACHING,
      alarmDescription: `watch-slo finds an SLO that burns; its log says which. Runbook: ${runbookAt(this.node, 'docs/runbooks/README.md')}`,
    }).addAlarmAction(actions.page);
    dashboards(this);
  }

  /** A topic that CloudWatch and EventBridge of this account may publish to. */
  private topic(id: string): Topic {
    const topic = new Topic(this, id, { enforceSSL: true });
    topic.addToResourcePolicy(
      new PolicyStatement({
        actions: ['sns:Publish'],
        principals: ['cloudwatch', 'events'].map((service) => new ServicePrincipal(`${service}.amazonaws.com`)),
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    const email: unknown = this.node.tryGetContext('email');
    if (typeof email === 'string') topic.addSubscription(new EmailSubscription(email));
    return topic;
  }
}
