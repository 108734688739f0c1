import type { ProfileName } from './profiles.ts';

/** Findings of rule packs that we looked at and keep. */
export interface Acknowledgement {
  readonly reason: string;
  /** Rules of cdk-nag, cfn-lint and checkov; between brackets what exactly one found. */
  readonly ids: readonly string[];
  /** Stacks, or constructs in them: accepted there and nowhere else. @default - everywhere */
  readonly at?: readonly string[];
  /** Accepted in this profile and in no other. @default - in each */
  readonly profile?: ProfileName;
}

const nist = (...rules: readonly string[]) => rules.map((rule) => `NIST.800.53.R5-${rule}`);
const wildcard = (resource: string) => `AwsSolutions-IAM5[Resource::${resource}]`;
const managed = (policy: string) =>
  `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/${policy}]`;
/** Objects of a bucket whose name comes from an SSM parameter, as cdk-nag writes them. */
const objectsOf = (bucket: string, keys = '*') =>
  wildcard(
    `arn:<AWS::Partition>:s3:::<SsmParameterValueagentbricks${bucket}bucketC96584B6F00A464EAD1953AFF4B05118Parameter>/${keys}`,
  );
/** Runs of a state machine, by its logical id, as cdk-nag writes them. */
const runsOf = (stateMachine: string, which: string) =>
  wildcard(
    `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:{"Fn::Select":[6,{"Fn::Split":[":",{"Ref":"${stateMachine}"}]}]}${which}`,
  );
const versionsOf = (logicalId: string) => wildcard(`<${logicalId}.Arn>:*`);
const APIS = ['DataCollection', 'Recommendation'];

/** What the learner's account is spared: a price, and copies that must not outlive a lesson. */
const learner: readonly Acknowledgement[] = [
  {
    profile: 'learner',
    reason:
      'Encrypted under keys that AWS holds: a key of the account’s own costs by the month, and outlives `cdk destroy` by a week.',
    ids: [
      ...nist('CloudWatchLogGroupEncrypted', 'S3DefaultEncryptionKMS', 'SNSEncryptedKMS', 'SecretsManagerUsingKMSKey'),
      ...['CKV_AWS_158', 'CKV_AWS_149', 'CKV_AWS_119', 'CKV_AWS_26'],
    ],
  },
  {
    profile: 'learner',
    reason:
      'Backups and old versions would be kept, and paid for, after `cdk destroy`. Tables go back to any second of 35 days while they stand.',
    ids: [...nist('DynamoDBInBackupPlan', 'S3BucketVersioningEnabled'), 'CKV_AWS_21'],
  },
  {
    profile: 'learner',
    at: ['Foundation/Network'],
    reason:
      'Jobs fetch their image through an internet gateway, which costs nothing; endpoints for it would cost more than the brokers. Nothing can come in.',
    ids: nist('VPCNoUnrestrictedRouteToIGW'),
  },
  {
    profile: 'learner',
    at: ['Foundation/ApiKeys'],
    reason:
      'A tenant’s key is changed by its owner: add a second one, hand it out, take the first away (docs/security.md).',
    ids: ['AwsSolutions-SMG4', ...nist('SecretsManagerRotationEnabled')],
  },
];

const rights: readonly Acknowledgement[] = [
  {
    reason:
      'Traces, network interfaces, deliveries of logs, reading metrics, waiting for Batch jobs, signing in to ECR: AWS has no narrower resource for them. test/lib/permissions/permissions.test.ts lists every action that may be on *.',
    ids: [wildcard('*'), 'CKV_AWS_111'],
  },
  {
    reason: 'Keys of objects are made at run time; the bucket holds the lake, or models, and nothing else.',
    ids: [objectsOf('lake'), objectsOf('models')],
  },
  {
    at: ['ModelTraining/Trainer'],
    reason: 'One job trains every run, and compares it with whichever model serves.',
    ids: [objectsOf('lake', 'runs/*'), objectsOf('models', 'models/*')],
  },
  {
    reason: 'Any version of the one function that the schedule or the state machine calls.',
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
    reason: 'A distributed map describes, stops and takes up its own runs; their names are made at run time.',
    ids: ['Hour9880B9A0', 'Generate299137B4'].flatMap((machine) => [runsOf(machine, ':*'), runsOf(machine, '/*:*')]),
  },
  {
    at: ['Orchestration/Backfill'],
    reason: 'A backfill waits for the runs of the one pipeline that it starts; their names are made at run time.',
    ids: [wildcard('arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<PipelineC660917D.Name>:*')],
  },
  {
    reason:
      'A role’s rights stand beside the role, in its own stack, and are nobody else’s: what is shared is a policy of its own too easily.',
    ids: nist('IAMNoInlinePolicy'),
  },
  {
    at: ['Foundation'],
    reason:
      'The function of CDK itself that asks MSK for its brokers during a deployment; it may write logs, and runs for seconds.',
    ids: [managed('AWSLambdaBasicExecutionRole'), 'Serverless-LambdaDefaultMemorySize', 'Serverless-LambdaTracing'],
  },
  {
    at: ['Foundation', 'DataCollection', 'Recommendation', 'ModelTraining/Trainer'],
    reason:
      'What AWS Backup, CodeDeploy, the logs of API Gateway and the agent of ECS on a machine of Batch need; AWS keeps these policies in step with them.',
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
      'Topics have dead letters of their own, an API and a state machine wait for the answer, and what a schedule missed its next run does: no event is lost that a queue would hold.',
    ids: ['Serverless-LambdaDLQ', ...nist('LambdaDLQ'), 'CKV_AWS_116'],
  },
  {
    reason:
      'Throttles of the API, the number of pollers and of shards at once bound how many run; a reserve would take from the account’s other functions.',
    ids: [...nist('LambdaConcurrency'), 'CKV_AWS_115'],
  },
  {
    reason:
      'Stands in the network only where it uses the event log, the cache or a private API; all else is reached by IAM over TLS, and starts faster outside.',
    ids: [...nist('LambdaInsideVPC'), 'CKV_AWS_117'],
  },
  {
    reason: 'Names of buckets, tables and brokers; nothing of it is secret, and Lambda encrypts it under its own key.',
    ids: ['CKV_AWS_173'],
  },
];

const apis: readonly Acknowledgement[] = [
  {
    at: APIS,
    reason:
      'The handlers check every request by schema and size, and say what is wrong: a model of the gateway would refuse before them, and differently from the laptop.',
    ids: ['AwsSolutions-APIG2'],
  },
  {
    at: APIS,
    reason:
      'Every request is in the access log, and traced; execution logs would hold bodies, in a log group without an end.',
    ids: ['AwsSolutions-APIG6', ...nist('APIGWExecutionLoggingEnabled')],
  },
  {
    at: APIS,
    reason:
      'Callers sign with their role, or show a key or a token that our own authorizer checks; a user pool of Cognito is one issuer of many.',
    ids: ['AwsSolutions-COG4'],
  },
  {
    at: APIS,
    reason:
      'What one user is shown must not be shown to another; the service has a cache of its own that knows when the model changes.',
    ids: [...nist('APIGWCacheEnabledAndEncrypted'), 'CKV_AWS_120'],
  },
  {
    at: APIS,
    reason:
      'The integration is a function, called by AWS with a signature, or stands in our network: there is no backend to show a certificate to.',
    ids: nist('APIGWSSLEnabled'),
  },
  {
    at: APIS,
    reason:
      'These alarms take a deployment back by themselves; who is to be woken is told by the alarms of Monitoring.',
    ids: nist('CloudWatchAlarmAction'),
  },
  {
    at: APIS,
    reason: 'A private API is reached from our own network alone (-c private=true); the public one has the firewall.',
    ids: ['AwsSolutions-APIG3', ...nist('APIGWAssociatedWithWAF')],
  },
  {
    at: ['Recommendation/Serving'],
    reason:
      'A network load balancer that only the API’s private link reaches: it can log TLS connections only, and a certificate needs a domain of the company’s.',
    ids: ['AwsSolutions-ELB2', 'CKV_AWS_91', ...nist('ELBLoggingEnabled', 'ELBv2ACMCertificateRequired')],
  },
  {
    at: ['Recommendation/Serving'],
    reason: 'Names of buckets, tables and brokers; nothing of it is secret.',
    ids: ['AwsSolutions-ECS2'],
  },
];

const alarms: readonly Acknowledgement[] = [
  {
    at: ['Monitoring'],
    reason: 'The alarm of one window tells nobody by itself: the composite alarm over the long and the short one does.',
    ids: nist('CloudWatchAlarmAction'),
  },
  {
    at: ['Orchestration/RunFailed'],
    reason:
      'EventBridge tries a topic for a day, and the run that failed stays in Step Functions: a queue would hold the note of a note.',
    ids: ['Serverless-EventBusDLQ'],
  },
];

const data: readonly Acknowledgement[] = [
  {
    at: ['Foundation/Stores'],
    reason: 'One region by design: the lake can be replayed from the log, and backups are in a vault of their own.',
    ids: nist('S3BucketReplicationEnabled'),
  },
  {
    profile: 'production',
    at: ['Foundation/Stores/AccessLogs'],
    reason: 'S3 delivers access logs to buckets under its own keys alone.',
    ids: nist('S3DefaultEncryptionKMS'),
  },
  {
    at: ['Foundation/Stores/AccessLogs'],
    reason: 'The bucket of the access logs themselves: each delivery would make the next.',
    ids: ['CKV_AWS_18'],
  },
];

const cdk: readonly Acknowledgement[] = [
  {
    reason: 'CDK reads the network’s id and zones to know its subnets, also where a template then needs only these.',
    ids: ['CloudFormation-Validate::W2001'],
  },
  {
    reason: 'CDK waits for a role’s rights, not only for the role, before it makes what uses them.',
    ids: ['W3005'],
  },
];

/** Every finding of cdk-nag (AwsSolutions, Serverless, NIST 800-53 r5), cfn-lint, checkov and CDK that stays, and why. */
export const acknowledgements: readonly Acknowledgement[] = [
  ...learner,
  ...rights,
  ...functions,
  ...apis,
  ...alarms,
  ...data,
  ...cdk,
];
