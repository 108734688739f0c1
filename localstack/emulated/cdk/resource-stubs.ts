import type { CfnResource } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { arnOf } from '../emulator-credentials.ts';
import { jobName } from '../training/redirect-batch-jobs.ts';
import type { EmulatedServices } from './cdk-cli.ts';

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
const EMULATION = 'test/lib/emulation.test.ts';
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
    instead: 'the settings of that Kafka process',
    coveredBy: EMULATION,
    attributes: () => ({ Arn: arnOf('kafka', 'configuration/agentbricks/1'), 'LatestRevision.Revision': 1 }),
  },
  { type: 'AWS::MSK::Topic', instead: 'the same topics, created in that Kafka process', coveredBy: EMULATION },
  {
    type: 'Custom::AWS',
    instead: "that process's address, as the result of GetBootstrapBrokers",
    coveredBy: EMULATION,
    attributes: ({ brokers }) => ({ BootstrapBrokerStringSaslIam: brokers }),
  },
  {
    type: 'AWS::Lambda::EventSourceMapping',
    instead: 'a poller that reads the same table of triggers',
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
    instead: 'this machine',
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
    instead: 'a worker that runs the command without the container',
    coveredBy: EMULATION,
    attributes: (_, job) => ({ Ref: arnOf('batch', `job-definition/${jobName(job)}`) }),
  },
  {
    type: 'AWS::CloudWatch::Alarm',
    when: (resource) => resource instanceof CfnAlarm && resource.metrics !== undefined,
    instead: 'nothing for metric-math alarms: the alarm on the metric of watch-slo goes off instead',
    coveredBy: MONITORING,
    attributes: (_, alarm) => ({ Arn: arnOf('cloudwatch', `alarm:${alarm.node.addr}`) }),
  },
  { type: 'AWS::CloudWatch::CompositeAlarm', instead: 'nothing, as above', coveredBy: MONITORING },
  {
    type: 'AWS::CodeDeploy::Application',
    instead: 'nothing: a new version gets all requests immediately',
    coveredBy: PRODUCTION,
  },
  { type: 'AWS::CodeDeploy::DeploymentGroup', instead: 'nothing, as above', coveredBy: PRODUCTION },
  {
    type: 'AWS::ApplicationAutoScaling::ScalableTarget',
    instead: 'nothing: no environment is provisioned in advance',
    coveredBy: PRODUCTION,
  },
  { type: 'AWS::ApplicationAutoScaling::ScalingPolicy', instead: 'nothing, as above', coveredBy: PRODUCTION },
  {
    type: 'AWS::WAFv2::WebACLAssociation',
    instead: 'nothing: the firewall is created but not attached to an API',
    coveredBy: PRODUCTION,
  },
  { type: 'AWS::WAFv2::LoggingConfiguration', instead: 'nothing, as above', coveredBy: PRODUCTION },
  { type: 'AWS::Backup::BackupSelection', instead: 'nothing: no backups are created', coveredBy: PRODUCTION },
  { type: 'AWS::Budgets::Budget', instead: 'nothing: the emulator costs nothing', coveredBy: LEARNER },
  { type: 'AWS::EC2::FlowLog', instead: 'nothing: there is no network', coveredBy: EMULATION },
  { type: 'AWS::EC2::SecurityGroupIngress', instead: 'nothing: there is no network', coveredBy: EMULATION },
  { type: 'Custom::VpcRestrictDefaultSG', instead: 'nothing: there is no network', coveredBy: EMULATION },
  {
    type: 'Custom::S3AutoDeleteObjects',
    instead: 'the emulator deletes a bucket together with its objects',
    coveredBy: EMULATION,
  },
];
