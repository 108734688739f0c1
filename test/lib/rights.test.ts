import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { type Access, type Trigger, type TriggerName, triggers, type Uses } from '../../functions/triggers.ts';
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

/** The statements of the policies that hang on one function's role. */
function statementsOf(name: TriggerName): Statement[] {
  const template = [...templates.values()].find((candidate) => roleOf(candidate, name)) as Template;
  const role = roleOf(template, name);
  return Object.values(template.findResources('AWS::IAM::Policy'))
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === role))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Statement[]);
}

const roleOf = (template: Template, name: TriggerName) =>
  Object.keys(template.findResources('AWS::IAM::Role')).find((id) => id.startsWith(`${pascal(name)}ServiceRole`));

const TABLE: Record<Access, string[]> = {
  read: ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
  write: ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'],
  readWrite: [],
};
TABLE.readWrite = [...TABLE.read, ...TABLE.write];
const BUCKET: Record<Access, string[]> = {
  read: ['s3:GetObject', 's3:ListBucket'],
  write: ['s3:PutObject', 's3:DeleteObject', 's3:ListBucket'],
  readWrite: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'],
};
/** What Lambda itself needs for tracing, and for reading and refusing records of a topic. */
const TRACING = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];
const CONSUMER = [
  'kafka:DescribeCluster',
  'kafka:DescribeClusterV2',
  'kafka:GetBootstrapBrokers',
  'kafka:ListScramSecrets',
];
const KAFKA_IAM = [
  'Connect',
  'DescribeGroup',
  'AlterGroup',
  'DescribeTopic',
  'ReadData',
  'DescribeClusterDynamicConfiguration',
  'WriteData',
  'WriteDataIdempotently',
  'DescribeCluster',
  'CreateTopic',
  'AlterCluster',
].map((action) => `kafka-cluster:${action}`);

function allowed(uses: Uses, on: Trigger['on']): Set<string> {
  return new Set([
    ...TRACING,
    ...Object.values(uses.tables ?? {}).flatMap((access) => TABLE[access]),
    ...Object.values(uses.buckets ?? {}).flatMap((access) => BUCKET[access]),
    ...(uses.appends ? ['kafka-cluster:Connect', 'kafka-cluster:WriteData', 'kafka-cluster:DescribeTopic'] : []),
    ...(uses.native?.includes('kafka') && !uses.appends
      ? ['kafka-cluster:Connect', 'kafka-cluster:DescribeTopic', 'kafka-cluster:DescribeGroup']
      : []),
    ...(uses.metrics ? ['cloudwatch:GetMetricStatistics'] : []),
    ...(on.kind === 'topic' ? [...CONSUMER, ...KAFKA_IAM] : []),
  ]);
}

describe.each(all)('the rights of %s', (name, { uses, on }) => {
  const statements = statementsOf(name);

  it('are those that the table gives it, and no others', () => {
    const may = allowed(uses, on);
    const does = statements.flatMap(({ Action }) => list(Action));
    expect(does.filter((action) => !may.has(action))).toEqual([]);
    const wanted = [...allowed({ ...uses }, { kind: 'schedule', everyMinutes: 1 })];
    expect(wanted.filter((action) => !does.includes(action))).toEqual([]);
  });

  it('are on named things; what AWS cannot narrow is listed here', () => {
    const everything = statements.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => list(Action));
    expect(
      everything.filter((action) => !TRACING.includes(action) && action !== 'cloudwatch:GetMetricStatistics'),
    ).toEqual([]);
  });
});

describe('every role', () => {
  it('has no action of all kinds', () => {
    const actions = resourcesOf(templates)
      .filter(([, { Type }]) => Type === 'AWS::IAM::Policy')
      .flatMap(([id, { Properties }]) =>
        (Properties.PolicyDocument as { Statement: Statement[] }).Statement.flatMap(({ Action }) =>
          list(Action).map((action) => `${id} ${action}`),
        ),
      );
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => action.endsWith(' *') || action.endsWith(':*'))).toEqual([]);
  });
});
