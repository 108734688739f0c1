import type { Surroundings } from './cdk.ts';

/** A CloudFormation type that the emulator refuses, or would not do. */
export interface Stub {
  readonly type: string;
  /** What stands in for it. */
  readonly instead: string;
  /** The test that looks at what the template says of it. */
  readonly coveredBy: string;
  /** What Fn::GetAtt answers. @default - the deployment fails, and names the attribute */
  readonly attributes?: (surroundings: Surroundings) => Readonly<Record<string, string | number>>;
}

const arn = (service: string, name: string) => `arn:aws:${service}:eu-west-1:000000000000:${name}`;
const STACKS = 'test/lib/stacks.test.ts';
const RIGHTS = 'test/lib/rights.test.ts';
const NAG = 'test/lib/nag.test.ts';
const POLLER = 'test/contracts/event-source.ts';

/** Everything that the emulator lacks, one line per type; docs/emulation.md says the same, and a test compares them. */
export const STUBS: readonly Stub[] = [
  {
    type: 'AWS::MSK::Cluster',
    instead: 'Apache Kafka, a process beside it',
    coveredBy: STACKS,
    attributes: () => ({ Arn: arn('kafka', 'cluster/agentbricks/1') }),
  },
  {
    type: 'AWS::MSK::Configuration',
    instead: 'the settings of that process',
    coveredBy: STACKS,
    attributes: () => ({ Arn: arn('kafka', 'configuration/agentbricks/1'), 'LatestRevision.Revision': 1 }),
  },
  { type: 'AWS::MSK::Topic', instead: 'the same topics, made in that process', coveredBy: STACKS },
  {
    type: 'Custom::AWS',
    instead: "that process's address, for the call of GetBootstrapBrokers",
    coveredBy: RIGHTS,
    attributes: ({ brokers }) => ({ BootstrapBrokerStringSaslIam: brokers }),
  },
  { type: 'AWS::Lambda::EventSourceMapping', instead: 'a poller of the same table of triggers', coveredBy: POLLER },
  {
    type: 'AWS::ElastiCache::ServerlessCache',
    instead: 'Redis, a process beside it',
    coveredBy: NAG,
    attributes: () => ({ 'Endpoint.Address': '127.0.0.1', 'Endpoint.Port': '6379' }),
  },
  {
    type: 'AWS::Batch::ComputeEnvironment',
    instead: 'this machine',
    coveredBy: RIGHTS,
    attributes: () => ({ ComputeEnvironmentArn: arn('batch', 'compute-environment/emulated') }),
  },
  {
    type: 'AWS::Batch::JobQueue',
    instead: 'a queue of SQS',
    coveredBy: RIGHTS,
    attributes: () => ({ JobQueueArn: arn('batch', 'job-queue/emulated') }),
  },
  {
    type: 'AWS::Batch::JobDefinition',
    instead: 'a worker that runs its command without its container',
    coveredBy: RIGHTS,
    attributes: () => ({ JobDefinitionArn: arn('batch', 'job-definition/emulated') }),
  },
  { type: 'AWS::EC2::FlowLog', instead: 'nothing: there is no network', coveredBy: NAG },
  { type: 'AWS::EC2::SecurityGroupIngress', instead: 'nothing: there is no network', coveredBy: NAG },
  { type: 'Custom::VpcRestrictDefaultSG', instead: 'nothing: there is no network', coveredBy: NAG },
  { type: 'Custom::S3AutoDeleteObjects', instead: 'destroy empties the buckets itself', coveredBy: STACKS },
];
