import type { ProfileName } from './deployment-profiles.ts';

/** Findings of the rule packs that we have reviewed and accept. */
export interface Acknowledgement {
  readonly reason: string;
  /** Rule ids of cdk-nag, cfn-lint and checkov; brackets contain the exact finding. */
  readonly ids: readonly string[];
  /** Paths of the stacks or constructs in which the findings are accepted. @default - everywhere */
  readonly at?: readonly string[];
  /** Profile in which the findings are accepted. @default - every profile */
  readonly profile?: ProfileName;
}

const nist = (...rules: readonly string[]) => rules.map((rule) => `NIST.800.53.R5-${rule}`);
const wildcard = (resource: string) => `AwsSolutions-IAM5[Resource::${resource}]`;
const managed = (policy: string) =>
  `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/${policy}]`;
/**
 * Returns the id of the finding for a bucket's objects. In it, cdk-nag writes the bucket's name as an SSM parameter.
 */
const objectsOf = (bucket: string, keys = '*') =>
  wildcard(
    `arn:<AWS::Partition>:s3:::<SsmParameterValueagentbricks${bucket}bucketC96584B6F00A464EAD1953AFF4B05118Parameter>/${keys}`,
  );
/** Returns the id of the finding for executions of a state machine. @param stateMachine its logical id */
const runsOf = (stateMachine: string, which: string) =>
  wildcard(
    `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:{"Fn::Select":[6,{"Fn::Split":[":",{"Ref":"${stateMachine}"}]}]}${which}`,
  );
const versionsOf = (logicalId: string) => wildcard(`<${logicalId}.Arn>:*`);
const APIS = ['DataCollection', 'Recommendation'];

/** Findings accepted only for learners, because of their cost or because copies would outlive the lesson. */
const learner: readonly Acknowledgement[] = [
  {
    profile: 'learner',
    reason:
      'Encrypted with keys that AWS manages: a customer-managed key costs money every month and remains for a week after `cdk destroy`.',
    ids: [
      ...nist('CloudWatchLogGroupEncrypted', 'S3DefaultEncryptionKMS', 'SNSEncryptedKMS', 'SecretsManagerUsingKMSKey'),
      ...['CKV_AWS_158', 'CKV_AWS_149', 'CKV_AWS_119', 'CKV_AWS_26'],
    ],
  },
  {
    profile: 'learner',
    reason:
      'Backups and old versions would remain, and cost money, after `cdk destroy`. Until then, tables can be restored to any second of the last 35 days.',
    ids: [...nist('DynamoDBInBackupPlan', 'S3BucketVersioningEnabled'), 'CKV_AWS_21'],
  },
  {
    profile: 'learner',
    at: ['Foundation/Network'],
    reason:
      'Jobs fetch their image through an internet gateway, which is free; endpoints would cost more than the brokers. No inbound traffic is allowed.',
    ids: nist('VPCNoUnrestrictedRouteToIGW'),
  },
  {
    profile: 'learner',
    at: ['Foundation/ApiKeys'],
    reason:
      'The owner rotates a tenant’s key manually: add a second key, distribute it, remove the first (docs/security.md).',
    ids: ['AwsSolutions-SMG4', ...nist('SecretsManagerRotationEnabled')],
  },
];

const permissions: readonly Acknowledgement[] = [
  {
    reason:
      'AWS supports no narrower resource for traces, network interfaces, log delivery, reading metrics, waiting for Batch jobs and logging in to ECR. test/lib/permissions/permissions.test.ts lists every action that may be granted on *.',
    ids: [wildcard('*'), 'CKV_AWS_111'],
  },
  {
    reason: 'Object keys are generated at run time; the bucket contains only the lake or only models.',
    ids: [objectsOf('lake'), objectsOf('models')],
  },
  {
    at: ['ModelTraining/Trainer'],
    reason: 'One job definition trains every run and compares it with the model that is serving.',
    ids: [objectsOf('lake', 'runs/*'), objectsOf('models', 'models/*')],
  },
  {
    reason: 'The schedule or the state machine may call any version of this one function.',
    ids: [
      'Compact40A87427',
      'RefreshOnline88624E68',
      'CheckParity6371FB8B',
      'WatchSlo0EFD7B9C',
      'WatchCanaryC644C514',
      'LiveShard433C7E89',
      'GenerateShardCA9A344F',
    ].map(versionsOf),
  },
  {
    at: ['Universe'],
    reason: 'A distributed map describes, stops and resumes its own executions, whose names are generated at run time.',
    ids: ['Hour9880B9A0', 'Generate299137B4'].flatMap((machine) => [runsOf(machine, ':*'), runsOf(machine, '/*:*')]),
  },
  {
    at: ['Orchestration/Backfill'],
    reason:
      'A backfill waits for executions of the one pipeline that it starts; their names are generated at run time.',
    ids: [wildcard('arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<PipelineC660917D.Name>:*')],
  },
  {
    reason:
      'A role’s permissions are defined next to the role, in its stack, and apply to no other role. Managed policies are easily attached to several roles.',
    ids: nist('IAMNoInlinePolicy'),
  },
  {
    at: ['Foundation'],
    reason:
      'CDK’s own function, which calls MSK for the broker addresses during a deployment; it may write logs and runs for seconds.',
    ids: [managed('AWSLambdaBasicExecutionRole'), 'Serverless-LambdaDefaultMemorySize', 'Serverless-LambdaTracing'],
  },
  {
    at: ['Foundation', 'DataCollection', 'Recommendation', 'ModelTraining/Trainer'],
    reason:
      'AWS Backup, CodeDeploy, API Gateway’s logging and the ECS agent on Batch machines need these policies, which AWS updates together with the services.',
    ids: [
      'AWSBackupServiceRolePolicyForBackup',
      'AWSBackupServiceRolePolicyForRestores',
      'AWSCodeDeployRoleForLambdaLimited',
      'AmazonAPIGatewayPushToCloudWatchLogs',
      'AmazonEC2ContainerServiceforEC2Role',
    ].map(managed),
  },
];

const functions: readonly Acknowledgement[] = [
  {
    reason:
      'Pollers need no destination for failed records: the function appends records that are not events to the dead-letter topic itself, and every other failure is retried without a limit, so that an outage loses no event.',
    ids: ['Serverless-LambdaEventSourceMappingDestination'],
    at: ['DataCollection/Archive', 'FeatureEngineering/UpdateOnline'],
  },
  {
    reason:
      'A queue would save no event: topics have dead-letter topics, callers of an API and state machines wait for the result, and the next scheduled run makes up for a failed one.',
    ids: ['Serverless-LambdaDLQ', ...nist('LambdaDLQ'), 'CKV_AWS_116'],
  },
  {
    reason:
      'API throttling and the limits on pollers and parallel shards bound concurrency; reserved concurrency would reduce that of the account’s other functions.',
    ids: [...nist('LambdaConcurrency'), 'CKV_AWS_115'],
  },
  {
    reason:
      'A function is in the VPC only if it uses the event log, the cache or a private API. It reaches all other services through IAM over TLS, and starts faster outside.',
    ids: [...nist('LambdaInsideVPC'), 'CKV_AWS_117'],
  },
  {
    reason:
      'The variables contain names of buckets, tables and brokers, but no secrets, and Lambda encrypts them with its own key.',
    ids: ['CKV_AWS_173'],
  },
];

const apis: readonly Acknowledgement[] = [
  {
    at: APIS,
    reason:
      'The handlers validate the schema and size of every request and explain errors. Validation in the gateway would reject first, and differently from the embedded runtime.',
    ids: ['AwsSolutions-APIG2'],
  },
  {
    at: APIS,
    reason:
      'Every request is in the access log and traced. Execution logs would contain bodies, in a log group without retention.',
    ids: ['AwsSolutions-APIG6', ...nist('APIGWExecutionLoggingEnabled')],
  },
  {
    at: APIS,
    reason:
      'Callers sign with their role, or send an API key or token that our authorizer validates. A Cognito user pool is one of many possible issuers.',
    ids: ['AwsSolutions-COG4'],
  },
  {
    at: APIS,
    reason:
      'A response for one user must not be sent to another. The service has its own cache, which is invalidated when the model changes.',
    ids: [...nist('APIGWCacheEnabledAndEncrypted'), 'CKV_AWS_120'],
  },
  {
    at: APIS,
    reason:
      'The integration is a function, which AWS calls with a signature, or a container in our VPC. No backend would verify a client certificate.',
    ids: nist('APIGWSSLEnabled'),
  },
  {
    at: APIS,
    reason: 'These alarms roll back a deployment automatically; the alarms of the Monitoring stack notify people.',
    ids: nist('CloudWatchAlarmAction'),
  },
  {
    at: APIS,
    reason: 'A private API (-c private=true) is reachable only from our VPC; public APIs have the firewall.',
    ids: ['AwsSolutions-APIG3', ...nist('APIGWAssociatedWithWAF')],
  },
  {
    at: ['Recommendation/Serving'],
    reason:
      'Only the API’s private link can reach this network load balancer. It could log only TLS connections, and a certificate requires a domain of the company.',
    ids: ['AwsSolutions-ELB2', 'CKV_AWS_91', ...nist('ELBLoggingEnabled', 'ELBv2ACMCertificateRequired')],
  },
  {
    at: ['Recommendation/Serving'],
    reason: 'The variables contain names of buckets, tables and brokers, but no secrets.',
    ids: ['AwsSolutions-ECS2'],
  },
];

const alarms: readonly Acknowledgement[] = [
  {
    at: ['Monitoring'],
    reason: 'Alarms of a single window notify nobody; the composite alarm over the long and the short window does.',
    ids: nist('CloudWatchAlarmAction'),
  },
  {
    at: ['Orchestration/RunFailed'],
    reason:
      'EventBridge retries for a day, and the failed run stays in Step Functions. A queue would only store a notification about it.',
    ids: ['Serverless-EventBusDLQ'],
  },
];

const data: readonly Acknowledgement[] = [
  {
    at: ['Foundation/Stores'],
    reason: 'One region by design: the lake can be rebuilt from the event log, and backups are in a separate vault.',
    ids: nist('S3BucketReplicationEnabled'),
  },
  {
    profile: 'production',
    at: ['Foundation/Stores/AccessLogs'],
    reason: 'S3 can deliver access logs only to buckets under its own keys.',
    ids: nist('S3DefaultEncryptionKMS'),
  },
  {
    at: ['Foundation/Stores/AccessLogs'],
    reason: 'This bucket contains the access logs: logging its own deliveries would never end.',
    ids: ['CKV_AWS_18'],
  },
];

const cdk: readonly Acknowledgement[] = [
  {
    reason: 'CDK adds parameters for the VPC’s id and zones even where a template uses only its subnets.',
    ids: ['CloudFormation-Validate::W2001'],
  },
  {
    reason: 'CDK adds a dependency on a role’s policy, not only on the role, to resources that use it.',
    ids: ['W3005'],
  },
];

/**
 * All accepted findings of cdk-nag (AwsSolutions, Serverless, NIST 800-53 r5), cfn-lint, checkov and CDK, with reasons.
 */
export const acknowledgements: readonly Acknowledgement[] = [
  ...learner,
  ...permissions,
  ...functions,
  ...apis,
  ...alarms,
  ...data,
  ...cdk,
];
