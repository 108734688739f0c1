import { describe, expect, it } from 'vitest';
import { type Access, type Trigger, type TriggerName, triggers } from '../../../functions/triggers.ts';
import { variantNames, variants } from '../list-of-profile-variants.ts';
import { synthesise } from '../synthesise-app.ts';
import { type Permission, permissionsIn, withoutHash } from './list-granted-permissions.ts';

const all = Object.entries(triggers) as [TriggerName, Trigger][];
const granted = new Map(
  variantNames.map((name) => {
    const [profile, choices] = variants[name];
    const templates = synthesise(profile, choices);
    return [name, { templates, permissions: permissionsIn(templates) }] as const;
  }),
);
const learner = granted.get('learner');
const pascal = (name: string) => name.replaceAll(/(^|-)(\w)/g, (_, _dash, letter: string) => letter.toUpperCase());
const actionsOf = (name: string, permissions: readonly Permission[] = []) =>
  sorted(permissions.filter(({ role }) => withoutHash(role) === `${pascal(name)}Role`).map(({ action }) => action));

const READ = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];
const WRITE = ['dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'];
const TABLE: Record<Access, string[]> = { read: READ, write: WRITE, readWrite: [...READ, ...WRITE] };
const BUCKET: Record<Access, string[]> = {
  read: ['s3:GetObject', 's3:ListBucket'],
  write: ['s3:PutObject', 's3:DeleteObject', 's3:ListBucket'],
  readWrite: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'],
};
/** Actions of every function: writing its log, and its traces. */
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
/** Actions of a function that consumes a topic. Pollers use its role. */
const CONSUME = [
  ...kafka('Connect', 'DescribeClusterDynamicConfiguration', 'ReadData', 'DescribeTopic'),
  ...kafka('DescribeGroup', 'AlterGroup'),
  ...['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'],
  ...NETWORK,
];

/** Returns the IAM actions that functions/triggers.ts implies in the learner profile. */
const permissionsOf = ({ uses, on }: Trigger): string[] => [
  ...LOGS,
  ...TRACING,
  ...Object.values(uses.tables ?? {}).flatMap((access) => TABLE[access]),
  ...Object.values(uses.buckets ?? {}).flatMap((access) => BUCKET[access]),
  ...(uses.appends ? APPEND : []),
  ...(uses.native?.includes('kafka') && !uses.appends ? OFFSETS : []),
  ...(uses.appends || uses.cache || uses.native?.includes('kafka') ? NETWORK : []),
  ...(uses.metrics ? ['cloudwatch:GetMetricStatistics'] : []),
  ...(uses.api || uses.callers ? ['secretsmanager:GetSecretValue'] : []),
  ...(on.kind === 'topic' ? CONSUME : []),
];
const sorted = (actions: readonly string[]) => [...new Set(actions)].sort();

describe.each(all)('the permissions of %s', (name, trigger) => {
  it('are exactly those that functions/triggers.ts requires', () => {
    expect(actionsOf(name, learner?.permissions)).toEqual(sorted(permissionsOf(trigger)));
  });
});

describe.each(variantNames)('in the profile %s', (name) => {
  const permissions = granted.get(name)?.permissions ?? [];

  it('each role’s actions and resources equal the stored list', async () => {
    const on = Map.groupBy(permissions, ({ stack, role, resource }) => `${stack}/${withoutHash(role)} ${resource}`);
    const lines = [...on].map(([key, some]) => `${key} ${sorted(some.map(({ action }) => action)).join(' ')}`);
    await expect(`${lines.sort().join('\n')}\n`).toMatchFileSnapshot(`${name}.txt`);
  });

  it('no role has a wildcard action', () => {
    expect(permissions.filter(({ action }) => action === '*' || action.endsWith(':*'))).toEqual([]);
  });

  it('only actions that AWS cannot restrict are granted on all resources', () => {
    const everything = sorted(permissions.filter(({ resource }) => resource === '*').map(({ action }) => action));
    expect(everything.filter((action) => !ON_EVERYTHING.includes(action))).toEqual([]);
  });

  it('only machines, deployments and backups use managed policies', () => {
    const own = permissions
      .filter(({ action }) => action === 'policy')
      .map(({ resource }) => resource.split('/').at(-1));
    expect(own.filter((policy) => !OF_AWS.includes(policy ?? ''))).toEqual([]);
  });
});

const OF_AWS = [
  'AWSLambdaBasicExecutionRole',
  'AmazonEC2ContainerServiceforEC2Role',
  'AWSCodeDeployRoleForLambdaLimited',
  'AWSBackupServiceRolePolicyForBackup',
  'AWSBackupServiceRolePolicyForRestores',
  'AmazonAPIGatewayPushToCloudWatchLogs',
];

/** Actions that AWS cannot restrict to narrower resources. */
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

it('the list of actions on all resources contains no unused action', () => {
  const used = [...granted.values()].flatMap(({ permissions }) =>
    permissions.filter(({ resource }) => resource === '*'),
  );
  expect(ON_EVERYTHING.filter((action) => !used.some((right) => right.action === action))).toEqual([]);
});
