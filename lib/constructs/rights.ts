import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Access, Uses } from '../../functions/triggers.ts';
import type { Shared } from '../shared.ts';
import { grantAppend, grantOffsets } from './kafka-rights.ts';

/** What each right means in DynamoDB: what the adapter calls (layers/adapters/table/dynamodb.ts). */
const READ_TABLE = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];
const WRITE_TABLE = ['dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'];
const READ_OBJECTS = ['s3:GetObject'];
const WRITE_OBJECTS = ['s3:PutObject', 's3:DeleteObject'];
/** A function in a network has an interface there; EC2 cannot narrow these to one network. */
const NETWORK = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
];

type TableName = keyof NonNullable<Uses['tables']>;
type BucketName = keyof NonNullable<Uses['buckets']>;

/** What `uses` names, and nothing else. */
export function grantUses(grantee: IGrantable, uses: Uses, shared: Shared): void {
  for (const [name, access] of Object.entries(uses.tables ?? {}) as [TableName, Access][]) {
    allow(grantee, meant(access, READ_TABLE, WRITE_TABLE), shared.table(name).tableArn);
  }
  for (const [name, access] of Object.entries(uses.buckets ?? {}) as [BucketName, Access][]) {
    const bucket = shared.bucket(name);
    allow(grantee, meant(access, READ_OBJECTS, WRITE_OBJECTS), bucket.arnForObjects('*'));
    allow(grantee, ['s3:ListBucket'], bucket.bucketArn);
  }
  if (uses.appends) grantAppend(grantee, shared, uses.appends);
  else if (uses.native?.includes('kafka')) grantOffsets(grantee, shared);
  // CloudWatch knows no narrower resource for reading metrics.
  if (uses.metrics) allow(grantee, ['cloudwatch:GetMetricStatistics'], '*');
}

/** Stands in a network: the function itself, or the pollers that read a topic for it. */
export const grantNetwork = (grantee: IGrantable): void => allow(grantee, NETWORK, '*');

const meant = (access: Access, read: readonly string[], write: readonly string[]): string[] => [
  ...(access === 'write' ? [] : read),
  ...(access === 'read' ? [] : write),
];

function allow(grantee: IGrantable, actions: readonly string[], resource: string): void {
  grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: [...actions], resources: [resource] }));
}
