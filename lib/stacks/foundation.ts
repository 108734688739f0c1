import { Annotations, Stack } from 'aws-cdk-lib';
import { CfnAccount } from 'aws-cdk-lib/aws-apigateway';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { ManagedPolicy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { isRest } from '../constructs/api/choose-api-kind.ts';
import type { BrickStackProps } from '../constructs/brick-stack.ts';
import { Stores } from '../constructs/data/buckets-and-tables.ts';
import { EventLog } from '../constructs/data/event-log.ts';
import { Valkey } from '../constructs/data/valkey-cache.ts';
import { Network } from '../constructs/network/network.ts';
import { encryptWith, ownKey } from '../encryption-key.ts';
import { share, shareLists } from '../shared-parameters.ts';

/** Percent of the budget at which its owner is told: what is spent, and what the month will have cost. */
const SPENT = [50, 100];
const FORECAST = [100];

/** What every brick stands on: network, event log, stores, cache. No NAT gateway: nothing here needs the internet. */
export class FoundationStack extends Stack {
  constructor(scope: Construct, id: string, { profile, ...props }: BrickStackProps) {
    super(scope, id, { terminationProtection: profile.deletionProtection, ...props });
    const key = profile.ownKey ? ownKey(this) : undefined;
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

/** `{ "<tenant>": "<key>" }`: a first tenant with a key that nobody chose. More are added in Secrets Manager itself. */
const tenantKeys = (scope: Construct): Secret =>
  new Secret(scope, 'ApiKeys', {
    description: 'Keys of the API: a name for each tenant, and its key',
    generateSecretString: {
      secretStringTemplate: '{}',
      generateStringKey: 'universe',
      passwordLength: 40,
      excludePunctuation: true,
    },
  });

/** REST APIs write their access logs with a role that the account has once. */
function accessLogsRole(scope: Construct): void {
  const role = new Role(scope, 'ApiLogsRole', {
    assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
    managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonAPIGatewayPushToCloudWatchLogs')],
  });
  new CfnAccount(scope, 'ApiAccount', { cloudWatchRoleArn: role.roleArn });
}

/** Of the whole account: a budget for a tag would need the tag to be activated by hand first. */
function budget(stack: Stack, amount: number): void {
  const email: unknown = stack.node.tryGetContext('email');
  const at = (notificationType: string, threshold: number) => ({
    notification: { notificationType, threshold, comparisonOperator: 'GREATER_THAN', thresholdType: 'PERCENTAGE' },
    subscribers: [{ subscriptionType: 'EMAIL', address: String(email) }],
  });
  const notes = [...SPENT.map((share) => at('ACTUAL', share)), ...FORECAST.map((share) => at('FORECASTED', share))];
  if (!email) {
    Annotations.of(stack).addInfo('nobody is told when the budget is spent: deploy with -c email=you@example.org');
  }
  new CfnBudget(stack, 'Budget', {
    budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount, unit: 'USD' } },
    notificationsWithSubscribers: email ? notes : [],
  });
}
