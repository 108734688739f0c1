import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Access, Uses } from '../../../functions/triggers.ts';
import type { Shared } from '../../shared-parameters.ts';
import { APIS } from '../../shared-parameters.ts';
import { grantAppend, grantOffsets } from '../data/kafka-permissions.ts';
import type { StackContext } from '../function-environment-and-network.ts';

/** DynamoDB actions of each kind of access: the calls of layers/adapters/table/dynamodb.ts. */
const READ_TABLE = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'];
const WRITE_TABLE = ['dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem'];
const READ_OBJECTS = ['s3:GetObject'];
const WRITE_OBJECTS = ['s3:PutObject', 's3:DeleteObject'];
const USE_KEY = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
/** Actions for a function's network interface in a VPC; EC2 cannot restrict them to one network. */
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

/** Grants the permissions that `uses` requires. */
export function grantUses(grantee: IGrantable, uses: Uses, { shared, profile }: StackContext): void {
  for (const [name, access] of Object.entries(uses.tables ?? {}) as [TableName, Access][]) {
    allow(grantee, actionsFor(access, READ_TABLE, WRITE_TABLE), shared.table(name).tableArn);
  }
  for (const [name, access] of Object.entries(uses.buckets ?? {}) as [BucketName, Access][]) {
    const bucket = shared.bucket(name);
    allow(grantee, actionsFor(access, READ_OBJECTS, WRITE_OBJECTS), bucket.arnForObjects('*'));
    allow(grantee, ['s3:ListBucket'], bucket.bucketArn);
  }
  if (uses.appends) grantAppend(grantee, shared, uses.appends);
  else if (uses.native?.includes('kafka')) grantOffsets(grantee, shared);
  // CloudWatch supports no narrower resource for reading metrics.
  if (uses.metrics) allow(grantee, ['cloudwatch:GetMetricStatistics'], '*');
  if (uses.cache && shared.cacheUrl) allow(grantee, ['elasticache:Connect'], ...shared.cacheArns);
  const { auth } = profile.api;
  if (auth === 'key' && (uses.api || uses.callers))
    allow(grantee, ['secretsmanager:GetSecretValue'], shared.apiKeysArn);
  if (auth === 'iam' && uses.api) allow(grantee, ['execute-api:Invoke'], ...APIS.map((stack) => shared.apiArn(stack)));
  if (uses.tables || uses.buckets) grantKey(grantee, shared);
}

/** Grants use of the customer-managed key, which encrypts tables and objects. */
export function grantKey(grantee: IGrantable, { keyArn }: Shared): void {
  if (keyArn) allow(grantee, USE_KEY, keyArn);
}

/** Grants the use of network interfaces, which functions in the VPC and pollers of topics need. */
export const grantNetwork = (grantee: IGrantable): void => allow(grantee, NETWORK, '*');

const actionsFor = (access: Access, read: readonly string[], write: readonly string[]): string[] => [
  ...(access === 'write' ? [] : read),
  ...(access === 'read' ? [] : write),
];

function allow(grantee: IGrantable, actions: readonly string[], ...resources: string[]): void {
  grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: [...actions], resources }));
}
