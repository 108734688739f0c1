import type { CfnResource } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { arnOf } from '../emulator-client-settings.ts';
import { jobName } from '../training/replace-batch-jobs-by-queued-worker-tasks.ts';
import type { EmulatedServices } from './run-cdk-against-emulator.ts';

/** A CloudFormation type that the emulator rejects or does not implement. */
export interface Stub {
  readonly type: string;
  /** Local replacement. */
  readonly instead: string;
  /** Test that verifies the resource in the template. */
  readonly coveredBy: string;
  /** Values for Fn::GetAtt and Ref. @default - the deployment fails and names the attribute */
  readonly attributes?: (
    services: EmulatedServices,
    resource: CfnResource,
  ) => Readonly<Record<string, string | number>>;
  /** Selects resources of the type. @default - all */
  readonly when?: (resource: CfnResource) => boolean;
}

const STACKS = 'test/lib/stacks.test.ts';
const LEARNER = 'test/lib/profiles/learner-profile.test.ts';
const PRODUCTION = 'test/lib/profiles/production-profile.test.ts';
const EMULATION = 'test/lib/emulation-stubs-unsupported-resources.test.ts';
const MONITORING = 'test/lib/monitoring.test.ts';

/** All unsupported resource types. A test compares this table with docs/emulation.md. */
export const STUBS: readonly Stub[] = [
  {
    type: 'AWS::MSK::Cluster',
    instead: 'Apache Kafka as a separate process',
    coveredBy: EMULATION,
    attributes: () => ({ Arn: arnOf('kafka', 'cluster/agentbricks/1') }),
  },
  {
    type: 'AWS::MSK::Configuration',
    instead: 'the settings of the Kafka process',
    coveredBy: EMULATION,
    attributes: () => ({ Arn: arnOf('kafka', 'configuration/agentbricks/1'), 'LatestRevision.Revision': 1 }),
  },
  { type: 'AWS::MSK::Topic', instead: 'the same topics in the Kafka process', coveredBy: EMULATION },
  {
    type: 'Custom::AWS',
    instead: 'the address of the Kafka process, as the response to GetBootstrapBrokers',
    coveredBy: EMULATION,
    attributes: ({ brokers }) => ({ BootstrapBrokerStringSaslIam: brokers }),
  },
  {
    type: 'AWS::Lambda::EventSourceMapping',
    instead: 'our own poller, which reads the table of triggers',
    coveredBy: STACKS,
  },
  {
    type: 'AWS::ElastiCache::ServerlessCache',
    instead: 'Redis as a separate process',
    coveredBy: EMULATION,
    attributes: () => ({ 'Endpoint.Address': '127.0.0.1', 'Endpoint.Port': '6379' }),
  },
  {
    type: 'AWS::Batch::ComputeEnvironment',
    instead: 'the local machine',
    coveredBy: EMULATION,
    attributes: () => ({ ComputeEnvironmentArn: arnOf('batch', 'compute-environment/emulated') }),
  },
  {
    type: 'AWS::Batch::JobQueue',
    instead: 'an SQS queue',
    coveredBy: EMULATION,
    attributes: () => ({ JobQueueArn: arnOf('batch', 'job-queue/emulated') }),
  },
  {
    type: 'AWS::Batch::JobDefinition',
    instead: "a worker that runs the job's command without the container",
    coveredBy: EMULATION,
    attributes: (_, job) => ({ Ref: arnOf('batch', `job-definition/${jobName(job)}`) }),
  },
  {
    type: 'AWS::CloudWatch::Alarm',
    when: (resource) => resource instanceof CfnAlarm && resource.metrics !== undefined,
    instead: 'no metric-math alarms; the alarm on the metric of `watch-slo` exists',
    coveredBy: MONITORING,
    attributes: (_, alarm) => ({ Arn: arnOf('cloudwatch', `alarm:${alarm.node.addr}`) }),
  },
  { type: 'AWS::CloudWatch::CompositeAlarm', instead: 'no composite alarms', coveredBy: MONITORING },
  {
    type: 'AWS::CodeDeploy::Application',
    instead: 'no gradual rollout: a new version gets all requests immediately',
    coveredBy: PRODUCTION,
  },
  { type: 'AWS::CodeDeploy::DeploymentGroup', instead: 'no gradual rollout, as above', coveredBy: PRODUCTION },
  {
    type: 'AWS::ApplicationAutoScaling::ScalableTarget',
    instead: 'no provisioned concurrency',
    coveredBy: PRODUCTION,
  },
  {
    type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
    instead: 'no scheduled or automatic changes of the concurrency',
    coveredBy: PRODUCTION,
  },
  {
    type: 'AWS::WAFv2::WebACLAssociation',
    instead: 'no protection: the firewall exists, but is not attached to an API',
    coveredBy: PRODUCTION,
  },
  { type: 'AWS::WAFv2::LoggingConfiguration', instead: 'no log of the firewall', coveredBy: PRODUCTION },
  { type: 'AWS::Backup::BackupSelection', instead: 'no backups', coveredBy: PRODUCTION },
  { type: 'AWS::Budgets::Budget', instead: 'no budget, because the emulator costs nothing', coveredBy: LEARNER },
  { type: 'AWS::EC2::FlowLog', instead: 'no network', coveredBy: EMULATION },
  { type: 'AWS::EC2::SecurityGroupIngress', instead: 'no network', coveredBy: EMULATION },
  { type: 'Custom::VpcRestrictDefaultSG', instead: 'no network', coveredBy: EMULATION },
  {
    type: 'Custom::S3AutoDeleteObjects',
    instead: 'the emulator deletes a bucket together with its objects',
    coveredBy: EMULATION,
  },
];
