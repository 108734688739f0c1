import { Annotations, Stack } from 'aws-cdk-lib';
import { CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { isRest } from '../constructs/api/choose-api-kind.ts';
import type { BrickStackProps } from '../constructs/brick-stack.ts';
import { Stores } from '../constructs/data/buckets-and-tables.ts';
import { EventLog } from '../constructs/data/kafka-cluster.ts';
import { Valkey } from '../constructs/data/valkey-cache.ts';
import { Network } from '../constructs/network/network.ts';
import { customerManagedKey, encryptWith } from '../encryption-key.ts';
import { share, shareLists } from '../shared-parameters.ts';

/** Percentages of the budget at which its owner is notified: for actual costs and for the month's forecast. */
const SPENT = [50, 100];
const FORECAST = [100];

/**
 * The shared resources of all bricks: network, event log, buckets, tables and cache. It has no NAT gateway, because no resource
 * needs the internet.
 */
export class FoundationStack extends Stack {
  constructor(scope: Construct, id: string, { profile, ...props }: BrickStackProps) {
    super(scope, id, { terminationProtection: profile.deletionProtection, ...props });
    const key = profile.ownKey ? customerManagedKey(this) : undefined;
    if (key) encryptWith(this, key);
    const { vpc, members, inside, jobs, apiEndpoint } = new Network(this, 'Network', profile);
    const standing = { subnets: inside, securityGroup: members, keyArn: key?.keyArn };
    const eventLog = new EventLog(this, 'EventLog', { profile, ...standing });
    const { buckets, tables } = new Stores(this, 'Stores', profile, key);
    share(this, {
      'lake-bucket': buckets.lake.bucketName,
      'models-bucket': buckets.models.bucketName,
      'idempotency-table': tables.idempotency.tableName,
      'features-table': tables.features.tableName,
      'registry-table': tables.registry.tableName,
      'cluster-arn': eventLog.clusterArn,
      'cluster-id': eventLog.clusterId,
      brokers: eventLog.brokers,
      'cache-url': profile.cache === 'valkey' ? new Valkey(this, 'Valkey', standing).url : undefined,
      'key-arn': key?.keyArn,
      'api-keys': profile.api.auth === 'key' ? tenantKeys(this).secretArn : undefined,
      'api-endpoint': apiEndpoint,
      'vpc-id': vpc.vpcId,
      'security-group-id': members.securityGroupId,
    });
    const ids = (subnets: typeof jobs) => subnets.map(({ subnetId }) => subnetId);
    shareLists(this, { 'subnet-ids': ids(inside), 'job-subnet-ids': ids(jobs), zones: vpc.availabilityZones });
    if (profile.budget) budget(this, profile.budget);
    if (isRest(profile)) accessLogsRole(this);
  }
}

/**
 * Creates the secret `{ "<tenant>": "<key>" }` with one tenant and a random key. Further tenants are added in Secrets Manager.
 */
const tenantKeys = (scope: Construct): Secret =>
  new Secret(scope, 'ApiKeys', {
    description: 'API keys by tenant name',
    generateSecretString: {
      secretStringTemplate: '{}',
      generateStringKey: 'universe',
      passwordLength: 40,
      excludePunctuation: true,
    },
  });

/** Sets the account's role with which REST APIs write access logs; an account has only one. */
function accessLogsRole(scope: Construct): void {
  const role = new Role(scope, 'ApiLogsRole', {
    assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
  });
  new CfnAccount(scope, 'ApiAccount', { cloudWatchRoleArn: role.roleArn });
}

/** Creates a budget for the whole account: a budget by tag would require that the tag is activated manually first. */
function budget(stack: Stack, amount: number): void {
  const email: unknown = stack.node.tryGetContext('email');
  const at = (notificationType: string, threshold: number) => ({
    notification: { notificationType, threshold, comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE' },
    subscribers: [{ subscriptionType: 'EMAIL', address: String(email) }],
  });
  const notes = [...SPENT.map((share) => at('ACTUAL', share)), ...FORECAST.map((share) => at('FORECASTED', share))];
  if (!email) {
    Annotations.of(stack).addInfo('nobody is notified when the budget is spent: deploy with -c email=you@example.org');
  }
  new CfnBudget(stack, 'Budget', {
    budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount, unit: 'USD' } },
    notificationsWithSubscribers: email ? notes : [],
  });
}
