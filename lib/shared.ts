import { Fn } from 'aws-cdk-lib';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { type ISecurityGroup, type IVpc, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { StringListParameter, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';

/**
 * What the Foundation makes and the bricks use, told through SSM parameters and not through CloudFormation exports: so any
 * brick can be updated or removed alone.
 */
export const SHARED = [
  'lake-bucket',
  'models-bucket',
  'idempotency-table',
  'features-table',
  'registry-table',
  'cluster-arn',
  'brokers',
  'cache-url',
  'vpc-id',
  'security-group-id',
] as const;
export type SharedName = (typeof SHARED)[number];
/** These hold several values. */
export const SHARED_LISTS = ['subnet-ids', 'route-table-ids', 'zones'] as const;
export type SharedList = (typeof SHARED_LISTS)[number];

const ROOT = '/agentbricks';

export function share(scope: Construct, values: Readonly<Record<SharedName, string>>): void {
  for (const name of SHARED) {
    new StringParameter(scope, `Shared-${name}`, { parameterName: `${ROOT}/${name}`, stringValue: values[name] });
  }
}

export function shareLists(scope: Construct, values: Readonly<Record<SharedList, readonly string[]>>): void {
  for (const name of SHARED_LISTS) {
    const stringListValue = [...values[name]];
    new StringListParameter(scope, `Shared-${name}`, { parameterName: `${ROOT}/${name}`, stringListValue });
  }
}

/** What the Foundation made, as another stack sees it. */
export class Shared {
  readonly vpc: IVpc;
  readonly securityGroup: ISecurityGroup;
  readonly tables: Readonly<Record<'idempotency' | 'features' | 'registry', ITable>>;
  readonly buckets: Readonly<Record<'lake' | 'models', IBucket>>;
  readonly clusterArn: string;
  readonly brokers: string;
  readonly cacheUrl: string;

  constructor(scope: Construct, zones: number) {
    const value = (name: SharedName) => StringParameter.valueForStringParameter(scope, `${ROOT}/${name}`);
    const list = (name: SharedList) => {
      const all = StringListParameter.valueForTypedListParameter(scope, `${ROOT}/${name}`);
      return Array.from({ length: zones }, (_, i) => Fn.select(i, all));
    };
    this.vpc = Vpc.fromVpcAttributes(scope, 'Vpc', {
      vpcId: value('vpc-id'),
      availabilityZones: list('zones'),
      isolatedSubnetIds: list('subnet-ids'),
      isolatedSubnetRouteTableIds: list('route-table-ids'),
    });
    this.securityGroup = SecurityGroup.fromSecurityGroupId(scope, 'SecurityGroup', value('security-group-id'));
    const table = (name: 'idempotency' | 'features' | 'registry') =>
      Table.fromTableName(scope, `Table-${name}`, value(`${name}-table`));
    this.tables = { idempotency: table('idempotency'), features: table('features'), registry: table('registry') };
    const bucket = (name: 'lake' | 'models') => Bucket.fromBucketName(scope, `Bucket-${name}`, value(`${name}-bucket`));
    this.buckets = { lake: bucket('lake'), models: bucket('models') };
    this.clusterArn = value('cluster-arn');
    this.brokers = value('brokers');
    this.cacheUrl = value('cache-url');
  }
}
