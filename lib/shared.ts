import { Fn, Stack } from 'aws-cdk-lib';
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
  'cluster-id',
  'brokers',
  'cache-url',
  'vpc-id',
  'security-group-id',
] as const;
export type SharedName = (typeof SHARED)[number];
/** These hold several values. */
export const SHARED_LISTS = ['subnet-ids', 'zones'] as const;
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

type TableName = 'idempotency' | 'features' | 'registry';
type BucketName = 'lake' | 'models';

/** What the Foundation made, as another stack sees it. A template holds only the parameters that something asked for. */
export class Shared {
  readonly #scope: Construct;
  readonly #zones: number;
  readonly #made = new Map<string, unknown>();

  constructor(scope: Construct, zones: number) {
    this.#scope = scope;
    this.#zones = zones;
  }

  get vpc(): IVpc {
    return this.#once('Vpc', (id) =>
      Vpc.fromVpcAttributes(this.#scope, id, {
        vpcId: this.#value('vpc-id'),
        availabilityZones: this.#list('zones'),
        isolatedSubnetIds: this.#list('subnet-ids'),
      }),
    );
  }

  get securityGroup(): ISecurityGroup {
    return this.#once('SecurityGroup', (id) =>
      SecurityGroup.fromSecurityGroupId(this.#scope, id, this.#value('security-group-id')),
    );
  }

  table(name: TableName): ITable {
    return this.#once(`Table-${name}`, (id) => Table.fromTableName(this.#scope, id, this.#value(`${name}-table`)));
  }

  bucket(name: BucketName): IBucket {
    return this.#once(`Bucket-${name}`, (id) => Bucket.fromBucketName(this.#scope, id, this.#value(`${name}-bucket`)));
  }

  get clusterArn(): string {
    return this.#value('cluster-arn');
  }

  topicArn(topic: string): string {
    return this.#kafkaArn('topic', topic);
  }

  groupArn(group: string): string {
    return this.#kafkaArn('group', group);
  }

  /** `host:port,…` */
  get brokers(): string {
    return this.#value('brokers');
  }

  get cacheUrl(): string {
    return this.#value('cache-url');
  }

  #kafkaArn(resource: string, name: string): string {
    const resourceName = `${this.#value('cluster-id')}/${name}`;
    return Stack.of(this.#scope).formatArn({ service: 'kafka', resource, resourceName });
  }

  #value(name: SharedName): string {
    return StringParameter.valueForStringParameter(this.#scope, `${ROOT}/${name}`);
  }

  #list(name: SharedList): string[] {
    const all = StringListParameter.valueForTypedListParameter(this.#scope, `${ROOT}/${name}`);
    return Array.from({ length: this.#zones }, (_, i) => Fn.select(i, all));
  }

  #once<Made>(id: string, make: (id: string) => Made): Made {
    if (!this.#made.has(id)) this.#made.set(id, make(id));
    return this.#made.get(id) as Made;
  }
}
