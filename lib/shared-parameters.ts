import { ArnFormat, Fn, Stack } from 'aws-cdk-lib';
import { type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { type ISecurityGroup, type IVpc, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import { StringListParameter, StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import type { Profile } from './deployment-profiles.ts';

/**
 * Names of values that the Foundation stack passes to the bricks. They are SSM parameters, not CloudFormation exports, so that
 * each brick can be updated or removed separately.
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
  'key-arn',
  'api-keys',
  'api-endpoint',
  'vpc-id',
  'security-group-id',
] as const;
export type SharedName = (typeof SHARED)[number];
/** Names of shared parameters that are lists. */
export const SHARED_LISTS = ['subnet-ids', 'job-subnet-ids', 'zones'] as const;
export type SharedList = (typeof SHARED_LISTS)[number];

const ROOT = '/agentbricks';
/** Name of the ElastiCache cache and of its only user. */
export const CACHE_NAME = 'agentbricks';

/** Stacks with an API. */
export const APIS = ['DataCollection', 'Recommendation'] as const;
export type ApiStack = (typeof APIS)[number];
/** Returns the name of the SSM parameter for a stack's API. */
export const apiParameter = (stack: string, what: 'url' | 'arn'): string =>
  what === 'url' ? `${ROOT}/apis/${stack}` : `${ROOT}/apis/${stack}-arn`;

/** Publishes values as SSM parameters. @param values undefined if the profile has no such resource */
export function share(scope: Construct, values: Readonly<Record<SharedName, string | undefined>>): void {
  for (const name of SHARED) {
    const stringValue = values[name];
    if (stringValue) new StringParameter(scope, `Shared-${name}`, { parameterName: `${ROOT}/${name}`, stringValue });
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

/**
 * References to the Foundation stack's resources for another stack. The stack's template contains only the parameters
 * that it uses.
 */
export class Shared {
  readonly #scope: Construct;
  readonly #profile: Profile;
  readonly #made = new Map<string, unknown>();

  constructor(scope: Construct, profile: Profile) {
    this.#scope = scope;
    this.#profile = profile;
  }

  /** The VPC with the functions' subnets. */
  get vpc(): IVpc {
    return this.#network('Vpc', 'subnet-ids');
  }

  /** The VPC with the containers' subnets. */
  get jobs(): IVpc {
    return this.#network('Jobs', 'job-subnet-ids');
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

  /** Addresses of the Kafka brokers, `host:port,…`. */
  get brokers(): string {
    return this.#value('brokers');
  }

  /** URL of the shared cache; undefined if each process has a separate one. */
  get cacheUrl(): string | undefined {
    return this.#profile.cache === 'valkey' ? this.#value('cache-url') : undefined;
  }

  /** ARN of the customer-managed key; undefined if AWS manages the keys. */
  get keyArn(): string | undefined {
    return this.#profile.ownKey ? this.#value('key-arn') : undefined;
  }

  /** ARNs of the cache and its user, for `elasticache:Connect`. */
  get cacheArns(): string[] {
    return ['serverlesscache', 'user'].map((resource) =>
      Stack.of(this.#scope).formatArn({
        service: 'elasticache',
        resource,
        resourceName: CACHE_NAME,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    );
  }

  /** Base URL of a stack's API. */
  apiUrl(stack: ApiStack): string {
    return StringParameter.valueForStringParameter(this.#scope, apiParameter(stack, 'url'));
  }

  /** ARN pattern of all routes of a stack's API. */
  apiArn(stack: ApiStack): string {
    return StringParameter.valueForStringParameter(this.#scope, apiParameter(stack, 'arn'));
  }

  /** ARN of the secret with the tenants' API keys. */
  get apiKeysArn(): string {
    return this.#value('api-keys');
  }

  /** VPC endpoint through which a private API is reached. */
  get apiEndpoint(): string {
    return this.#value('api-endpoint');
  }

  #network(id: string, subnets: SharedList): IVpc {
    return this.#once(id, () =>
      Vpc.fromVpcAttributes(this.#scope, id, {
        vpcId: this.#value('vpc-id'),
        availabilityZones: this.#list('zones'),
        isolatedSubnetIds: this.#list(subnets),
      }),
    );
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
    return Array.from({ length: this.#profile.zones }, (_, i) => Fn.select(i, all));
  }

  #once<Made>(id: string, make: (id: string) => Made): Made {
    if (!this.#made.has(id)) this.#made.set(id, make(id));
    return this.#made.get(id) as Made;
  }
}
