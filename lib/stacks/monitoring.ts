import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { SLOS } from '../../functions/monitoring/service-level-objectives.ts';
import { BrickStack, type BrickStackProps } from '../constructs/brick-stack.ts';
import { metricOf } from '../constructs/observability/build-cloudwatch-metrics.ts';
import { dashboards } from '../constructs/observability/dashboards.ts';
import { SloAlarms } from '../constructs/observability/slo-alarms.ts';
import { runbookAt } from '../runbook-address.ts';

/** SSM parameter with the ARN of the topic for tickets: alarms that can wait until the next working day. */
export const TICKETS_TOPIC = '/agentbricks/tickets-topic';

/**
 * Brick 05: dashboards, burn-rate alarms, and an alarm on the metric of watch-slo. `-c email=you@example.org`
 * subscribes an address to both topics; `-c runbooks=https://…` makes the links to docs/runbooks absolute.
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
      // If watch-slo does not run, no SLO is watched: that is an alarm too.
      treatMissingData: TreatMissingData.BREACHING,
      alarmDescription: `an SLO burns; the log of watch-slo names it. Runbook: ${runbookAt(this.node, 'docs/runbooks/README.md')}`,
    }).addAlarmAction(actions.page);
    this.alarmOnFailingFunctions().addAlarmAction(actions.page);
    dashboards(this);
  }

  /**
   * Creates an alarm on the errors that Lambda counts. A function that cannot start publishes no metrics, and for its
   * SLO it looks like a function without requests.
   */
  private alarmOnFailingFunctions(): Alarm {
    return new Alarm(this, 'FunctionsFail', {
      // Without dimensions, the metric is the sum over all functions of the account and region.
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Errors',
        statistic: Stats.SUM,
        period: Duration.minutes(5),
      }),
      threshold: 1,
      // Three periods: a retry repairs a single error.
      evaluationPeriods: 3,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: `a function fails again and again. Runbook: ${runbookAt(this.node, 'docs/runbooks/function-fails.md')}`,
    });
  }

  /** Creates a topic to which CloudWatch and EventBridge of this account may publish. */
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
