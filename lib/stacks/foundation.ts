import { Fn, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import {
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { CfnServerlessCache } from 'aws-cdk-lib/aws-elasticache';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnServerlessCluster, CfnTopic } from 'aws-cdk-lib/aws-msk';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
import { PARTITIONS, TOPICS } from '#domain/topics.ts';
import type { BrickStackProps } from '../constructs/brick-stack.ts';
import type { Profile } from '../profiles.ts';
import { share, shareLists } from '../shared.ts';

const KAFKA_IAM_PORT = 9098;
const CACHE_PORT = 6379;

/** What every brick stands on: network, event log, stores, cache. No NAT gateway: nothing here needs the internet. */
export class FoundationStack extends Stack {
  constructor(scope: Construct, id: string, { profile, ...props }: BrickStackProps) {
    super(scope, id, props);
    const vpc = network(this, profile);
    const group = new SecurityGroup(this, 'Members', { vpc, allowAllOutbound: true });
    for (const port of [KAFKA_IAM_PORT, CACHE_PORT]) group.addIngressRule(group, Port.tcp(port), 'between members');
    const { subnetIds } = vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_ISOLATED });
    const cluster = eventLog(this, profile, subnetIds, group);
    const cache = new CfnServerlessCache(this, 'Cache', {
      engine: 'valkey',
      serverlessCacheName: 'agentbricks',
      subnetIds,
      securityGroupIds: [group.securityGroupId],
    });
    share(this, {
      'lake-bucket': bucket(this, 'Lake', profile).bucketName,
      'models-bucket': bucket(this, 'Models', profile).bucketName,
      'idempotency-table': table(this, 'Idempotency', profile).tableName,
      'features-table': table(this, 'Features', profile).tableName,
      'registry-table': table(this, 'Registry', profile).tableName,
      'cluster-arn': cluster.attrArn,
      brokers: bootstrapBrokers(this, cluster.attrArn),
      'cache-url': Fn.join('', ['rediss://', cache.attrEndpointAddress, ':', cache.attrEndpointPort]),
      'vpc-id': vpc.vpcId,
      'security-group-id': group.securityGroupId,
    });
    shareLists(this, {
      'subnet-ids': subnetIds,
      'route-table-ids': vpc.isolatedSubnets.map(({ routeTable }) => routeTable.routeTableId),
      zones: vpc.availabilityZones,
    });
  }
}

function network(scope: Construct, { zones }: Profile): Vpc {
  const vpc = new Vpc(scope, 'Vpc', {
    maxAzs: zones,
    natGateways: 0,
    restrictDefaultSecurityGroup: true,
    subnetConfiguration: [{ name: 'inside', subnetType: SubnetType.PRIVATE_ISOLATED }],
  });
  vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
  vpc.addGatewayEndpoint('DynamoDb', { service: GatewayVpcEndpointAwsService.DYNAMODB });
  // An MSK event source asks for the first two, a container for the others.
  const { LAMBDA, STS, ECR, ECR_DOCKER, CLOUDWATCH_LOGS } = InterfaceVpcEndpointAwsService;
  const services = { LAMBDA, STS, ECR, ECR_DOCKER, CLOUDWATCH_LOGS };
  for (const [name, service] of Object.entries(services)) vpc.addInterfaceEndpoint(name, { service });
  vpc.addFlowLog('FlowLog');
  return vpc;
}

function eventLog(scope: Construct, profile: Profile, subnetIds: string[], group: SecurityGroup): CfnServerlessCluster {
  const cluster = new CfnServerlessCluster(scope, 'EventLog', {
    clusterName: 'agentbricks',
    clientAuthentication: { sasl: { iam: { enabled: true } } },
    vpcConfigs: [{ subnetIds, securityGroups: [group.securityGroupId] }],
  });
  const configs = Buffer.from(`retention.ms=${profile.topicRetention.toMilliseconds()}`).toString('base64');
  for (const topicName of TOPICS) {
    new CfnTopic(scope, `Topic-${topicName}`, {
      clusterArn: cluster.attrArn,
      topicName,
      partitionCount: PARTITIONS,
      replicationFactor: profile.topicReplicas,
      configs,
    });
  }
  return cluster;
}

/** CloudFormation does not tell a serverless cluster's addresses; the API does. */
function bootstrapBrokers(scope: Construct, clusterArn: string): string {
  const answer = new AwsCustomResource(scope, 'Brokers', {
    onUpdate: {
      service: 'Kafka',
      action: 'getBootstrapBrokers',
      parameters: { ClusterArn: clusterArn },
      physicalResourceId: PhysicalResourceId.of('brokers'),
    },
    policy: AwsCustomResourcePolicy.fromStatements([
      new PolicyStatement({ actions: ['kafka:GetBootstrapBrokers'], resources: [clusterArn] }),
    ]),
    installLatestAwsSdk: false,
  });
  return answer.getResponseField('BootstrapBrokerStringSaslIam');
}

const bucket = (scope: Construct, id: string, { removal, deletionProtection }: Profile): Bucket =>
  new Bucket(scope, id, {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    versioned: deletionProtection,
    removalPolicy: removal,
    autoDeleteObjects: !deletionProtection,
  });

/** The shape of layers/ports/table.ts: partition key, sort key, expiry. */
const table = (scope: Construct, id: string, { removal, deletionProtection }: Profile): Table =>
  new Table(scope, id, {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    timeToLiveAttribute: 'ttl',
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.AWS_MANAGED,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: deletionProtection },
    deletionProtection,
    removalPolicy: removal,
  });
