import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { type Access, type Trigger, type TriggerName, triggers } from '../../functions/triggers.ts';
import { resourcesOf, synthesise } from './synth.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

const { templates } = synthesise('learner');
const all = Object.entries(triggers) as [TriggerName, Trigger][];
const pascal = (name: string) => name.replaceAll(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());
const list = (value: string | readonly string[]) => (typeof value === 'string' ? [value] : [...value]);

/** The statements of the policies that hang on a role. */
const statementsOn = (template: Template, role: string): Statement[] =>
  Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);

const templateOf = (name: TriggerName) =>
  [...templates.values()].find((candidate) => roleOf(candidate, name)) as Template;
const roleOf = (template: Template, name: TriggerName) =>
  Object.keys(template.findResources('AWS::IAM::Role')).find((id) => id.startsWith(`${pascal(name)}Role`)) ?? '';

const READ = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];
const WRITE = ['dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'];
const TABLE: Record<Access, string[]> = { read: READ, write: WRITE, readWrite: [...READ, ...WRITE] };
const BUCKET: Record<Access, string[]> = {
  read: ['s3:GetObject', 's3:ListBucket'],
  write: ['s3:PutObject', 's3:DeleteObject', 's3:ListBucket'],
  readWrite: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'],
};
/** What every function may: write its own log and trace. */
const LOGS = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const TRACING = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];
const NETWORK = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
];
const kafka = (...actions: string[]) => actions.map((action) => `kafka-cluster:${action}`);
const APPEND = kafka('Connect', 'WriteDataIdempotently', 'WriteData', 'DescribeTopic');
const OFFSETS = kafka('Connect', 'DescribeTopic', 'DescribeGroup');
/** Pollers use the function's role, also to write what it refuses to the dead letters. */
const CONSUME = [
  ...kafka('Connect', 'DescribeClusterDynamicConfiguration', 'ReadData', 'DescribeTopic', 'WriteData'),
  ...kafka('DescribeGroup', 'AlterGroup'),
  ...['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'],
  ...NETWORK,
];

/** What the table says, in AWS's words. */
const rightsOf = ({ uses, on }: Trigger): string[] => [
  ...LOGS,
  ...TRACING,
  ...Object.values(uses.tables ?? {}).flatMap((access) => TABLE[access]),
  ...Object.values(uses.buckets ?? {}).flatMap((access) => BUCKET[access]),
  ...(uses.appends ? APPEND : []),
  ...(uses.native?.includes('kafka') && !uses.appends ? OFFSETS : []),
  ...(uses.appends || uses.cache || uses.native?.includes('kafka') ? NETWORK : []),
  ...(uses.metrics ? ['cloudwatch:GetMetricStatistics'] : []),
  ...(on.kind === 'topic' ? CONSUME : []),
];
const sorted = (actions: readonly string[]) => [...new Set(actions)].sort();

describe.each(all)('the rights of %s', (name, trigger) => {
  it('are those that the table gives it: none less, none more', () => {
    const actions = statementsOn(templateOf(name), roleOf(templateOf(name), name)).flatMap(({ Action }) =>
      list(Action),
    );
    expect(sorted(actions)).toEqual(sorted(rightsOf(trigger)));
  });

  it('come from no policy of AWS', () => {
    const template = templateOf(name);
    expect(template.findResources('AWS::IAM::Role')[roleOf(template, name)]?.Properties.ManagedPolicyArns).toBe(
      undefined,
    );
  });
});

describe('the trainer', () => {
  it('reads its run and the champion, and writes its run’s output', () => {
    const template = templates.get('ModelTraining') as Template;
    const [role = ''] = Object.keys(template.findResources('AWS::IAM::Role')).filter((id) => /^TrainerRole/.test(id));
    template.hasResourceProperties('AWS::Batch::JobDefinition', {
      ContainerProperties: { JobRoleArn: { 'Fn::GetAtt': [role, 'Arn'] } },
    });
    const actions = statementsOn(template, role).flatMap(({ Action }) => list(Action));
    expect(sorted(actions)).toEqual(['dynamodb:GetItem', 's3:GetObject', 's3:ListBucket', 's3:PutObject']);
  });
});

/** AWS knows no narrower resource for these. */
const ON_EVERYTHING = [
  ...TRACING,
  'xray:GetSamplingRules',
  'xray:GetSamplingTargets',
  ...NETWORK,
  'cloudwatch:GetMetricStatistics',
  'ecr:GetAuthorizationToken',
  'batch:DescribeJobs',
  'batch:TerminateJob',
  'logs:CreateLogDelivery',
  'logs:GetLogDelivery',
  'logs:UpdateLogDelivery',
  'logs:DeleteLogDelivery',
  'logs:ListLogDeliveries',
  'logs:PutResourcePolicy',
  'logs:DescribeResourcePolicies',
  'logs:DescribeLogGroups',
];

describe('every role', () => {
  const statements = resourcesOf(templates)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Policy')
    .flatMap(([id, { Properties }]) =>
      (Properties.PolicyDocument as { Statement: Statement[] }).Statement.map((statement) => ({ id, ...statement })),
    );

  it('has no action of all kinds', () => {
    const actions = statements.flatMap(({ id, Action }) => list(Action).map((action) => `${id} ${action}`));
    expect(actions.length).toBeGreaterThan(all.length);
    expect(actions.filter((action) => action.endsWith(' *') || action.endsWith(':*'))).toEqual([]);
  });

  it('has rights on named things, but for what AWS cannot narrow', () => {
    const everything = statements.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => list(Action));
    expect(sorted(everything).filter((action) => !ON_EVERYTHING.includes(action))).toEqual([]);
    expect(sorted(ON_EVERYTHING).filter((action) => !everything.includes(action))).toEqual([]);
  });
});
