import { Duration, Fn, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { CfnServerlessCache } from 'aws-cdk-lib/aws-elasticache';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import type { BrickStackProps } from '../constructs/brick-stack.ts';
import { EventLog } from '../constructs/event-log.ts';
import type { Profile } from '../profiles.ts';
import { share, shareLists } from '../shared.ts';

const KAFKA_IAM_PORT = 9098;
const CACHE_PORT = 6379;
const HTTPS_PORT = 443;

/**
 * What every brick stands on: network, event log, stores, cache. No NAT gateway: nothing here needs the internet.
 *
 * The adapter for Kafka (layers/adapters/event-log) comes with the next issue. Until then what appends to the log (collect,
 * recommend) or looks at it (await-archive) refuses to start, and says so.
 */
export class FoundationStack extends Stack {
  constructor(scope: Construct, id: string, { profile, ...props }: BrickStackProps) {
    super(scope, id, props);
    const vpc = network(this, profile);
    const group = members(this, vpc);
    const { subnetIds } = vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_ISOLATED });
    const eventLog = new EventLog(this, 'EventLog', { vpc, securityGroup: group, profile });
    const cache = new CfnServerlessCache(this, 'Cache', {
      engine: 'valkey',
      serverlessCacheName: 'agentbricks',
      subnetIds,
      securityGroupIds: [group.securityGroupId],
    });
    const accessLogs = bucket(this, 'AccessLogs', profile);
    share(this, {
      'lake-bucket': bucket(this, 'Lake', profile, accessLogs).bucketName,
      'models-bucket': bucket(this, 'Models', profile, accessLogs).bucketName,
      'idempotency-table': table(this, 'Idempotency', profile).tableName,
      'features-table': table(this, 'Features', profile).tableName,
      'registry-table': table(this, 'Registry', profile).tableName,
      'cluster-arn': eventLog.clusterArn,
      'cluster-id': eventLog.clusterId,
      brokers: eventLog.brokers,
      'cache-url': Fn.join('', ['rediss://', cache.attrEndpointAddress, ':', cache.attrEndpointPort]),
      'vpc-id': vpc.vpcId,
      'security-group-id': group.securityGroupId,
    });
    shareLists(this, { 'subnet-ids': subnetIds, zones: vpc.availabilityZones });
  }
}

function network(scope: Construct, { zones, logRetention, removal }: Profile): Vpc {
  const vpc = new Vpc(scope, 'Vpc', {
    // By number: without an account CDK knows of two zones only.
    availabilityZones: Array.from({ length: zones }, (_, i) => Fn.select(i, Fn.getAzs())),
    natGateways: 0,
    restrictDefaultSecurityGroup: true,
    subnetConfiguration: [{ name: 'inside', subnetType: SubnetType.PRIVATE_ISOLATED }],
  });
  vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
  vpc.addGatewayEndpoint('DynamoDb', { service: GatewayVpcEndpointAwsService.DYNAMODB });
  const flows = new LogGroup(scope, 'Flows', { retention: logRetention, removalPolicy: removal });
  vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(flows) });
  return vpc;
}

/** All that stands in the network may talk to one another, and to AWS by its endpoints there. */
function members(scope: Construct, vpc: Vpc): SecurityGroup {
  const group = new SecurityGroup(scope, 'Members', { vpc, allowAllOutbound: true });
  for (const port of [KAFKA_IAM_PORT, CACHE_PORT, HTTPS_PORT]) {
    group.addIngressRule(group, Port.tcp(port), 'between members');
  }
  // The pollers of an event source ask for the first two, a container on Batch for the others.
  const { LAMBDA, STS, ECR, ECR_DOCKER, CLOUDWATCH_LOGS, ECS, ECS_AGENT, ECS_TELEMETRY } =
    InterfaceVpcEndpointAwsService;
  const services = { LAMBDA, STS, ECR, ECR_DOCKER, CLOUDWATCH_LOGS, ECS, ECS_AGENT, ECS_TELEMETRY };
  for (const [name, service] of Object.entries(services)) {
    vpc.addInterfaceEndpoint(name, { service, open: false, securityGroups: [group] });
  }
  return group;
}

const bucket = (scope: Construct, id: string, profile: Profile, accessLogs?: Bucket): Bucket =>
  new Bucket(scope, id, {
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    versioned: profile.deletionProtection,
    removalPolicy: profile.removal,
    autoDeleteObjects: !profile.deletionProtection,
    ...(accessLogs
      ? { serverAccessLogsBucket: accessLogs, serverAccessLogsPrefix: `${id.toLowerCase()}/` }
      : { lifecycleRules: [{ expiration: Duration.days(profile.logRetention) }] }),
  });

/** The shape of layers/ports/table.ts: partition key, sort key, expiry. */
const table = (scope: Construct, id: string, { removal, deletionProtection }: Profile): Table =>
  new Table(scope, id, {
    partitionKey: { name: 'pk', type: AttributeType.STRING },
    sortKey: { name: 'sk', type: AttributeType.STRING },
    timeToLiveAttribute: 'ttl',
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.AWS_MANAGED,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection,
    removalPolicy: removal,
  });
