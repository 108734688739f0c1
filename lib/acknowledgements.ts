import { type App, Validations } from 'aws-cdk-lib';

/** A finding that we looked at and keep. */
interface Acknowledgement {
  /** Stack, or construct in it: the finding is accepted there and nowhere else. */
  readonly at: string;
  /** Rule, and between brackets what exactly it found. */
  readonly id: string;
  readonly reason: string;
}

const wildcard = (resource: string) => `AwsSolutions-IAM5[Resource::${resource}]`;
const managed = (policy: string) =>
  `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/${policy}]`;
const everywhere = (stacks: readonly string[], id: string, reason: string): Acknowledgement[] =>
  stacks.map((at) => ({ at, id, reason }));
/** Objects of a bucket whose name comes from an SSM parameter, as cdk-nag writes them. */
const objectsOf = (bucket: string, keys = '*') =>
  wildcard(
    `arn:<AWS::Partition>:s3:::<SsmParameterValueagentbricks${bucket}bucketC96584B6F00A464EAD1953AFF4B05118Parameter>/${keys}`,
  );
/** Runs of a state machine, by its logical id, as cdk-nag writes them. */
const runsOf = (stateMachine: string) =>
  `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:{"Fn::Select":[6,{"Fn::Split":[":",{"Ref":"${stateMachine}"}]}]}`;

/** What a distributed map needs of its own runs, and of the one function that it calls. */
const distributedMap = (at: string, stateMachine: string, target: string): Acknowledgement[] => [
  { at, id: wildcard(`<${target}.Arn>:*`), reason: 'Any version of the one function that the state machine calls.' },
  {
    at,
    id: wildcard(`${runsOf(stateMachine)}:*`),
    reason: 'A distributed map describes and stops its own runs; their names are made at run time.',
  },
  {
    at,
    id: wildcard(`${runsOf(stateMachine)}/*:*`),
    reason: 'A distributed map takes up its own runs again; their names are made at run time.',
  },
];

/** Every finding of cdk-nag (AwsSolutions) and of CloudFormation's checks that stays, and why. */
export const acknowledgements: readonly Acknowledgement[] = [
  ...everywhere(
    [
      'DataCollection',
      'FeatureEngineering',
      'ModelTraining',
      'Recommendation',
      'Monitoring',
      'Universe',
      'Orchestration',
    ],
    wildcard('*'),
    'Traces, network interfaces, deliveries of logs, reading metrics, waiting for Batch jobs: AWS has no narrower resource for them. test/lib/rights.test.ts lists every action that may be on *.',
  ),
  ...everywhere(
    ['DataCollection', 'FeatureEngineering', 'ModelTraining', 'Universe', 'Orchestration'],
    objectsOf('lake'),
    'Keys of objects are made at run time; the bucket holds the lake and nothing else.',
  ),
  ...everywhere(
    ['ModelTraining', 'Recommendation', 'Orchestration'],
    objectsOf('models'),
    'Keys of objects are made at run time; the bucket holds models and nothing else.',
  ),
  ...[objectsOf('lake', 'runs/*'), objectsOf('models', 'models/*')].map((id) => ({
    at: 'ModelTraining/TrainerRole',
    id,
    reason: 'One job trains every run, and compares it with whichever model serves.',
  })),
  ...everywhere(
    ['DataCollection', 'Recommendation'],
    'AwsSolutions-APIG4',
    'Viewers are not known to this reference: put the authorizer of your identity provider in front. Requests are checked by schema, capped in size and throttled.',
  ),
  {
    at: 'Foundation',
    id: managed('AWSLambdaBasicExecutionRole'),
    reason: 'The function of CDK itself that asks MSK for its brokers during a deployment; it may write logs.',
  },
  {
    at: 'ModelTraining/Machines',
    id: managed('AmazonEC2ContainerServiceforEC2Role'),
    reason: 'What the agent of ECS on a machine of Batch needs; AWS keeps it in step with the agent.',
  },
  {
    at: 'Monitoring',
    id: wildcard('<WatchSlo0EFD7B9C.Arn>:*'),
    reason: 'Any version of the one function that the schedule calls.',
  },
  {
    at: 'DataCollection',
    id: wildcard('<Compact40A87427.Arn>:*'),
    reason: 'Any version of the one function that the schedule calls.',
  },
  {
    at: 'Orchestration',
    id: wildcard('<WatchCanaryC644C514.Arn>:*'),
    reason: 'Any version of the one function that the schedule calls.',
  },
  ...['RefreshOnline88624E68', 'CheckParity6371FB8B'].map((scheduled) => ({
    at: 'FeatureEngineering',
    id: wildcard(`<${scheduled}.Arn>:*`),
    reason: 'Any version of the one function that the schedule calls.',
  })),
  {
    at: 'Orchestration/Backfill',
    id: wildcard('arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<PipelineC660917D.Name>:*'),
    reason: 'A backfill waits for the runs of the one pipeline that it starts; their names are made at run time.',
  },
  ...distributedMap('Universe/Hour', 'Hour9880B9A0', 'LiveShard433C7E89'),
  ...distributedMap('Universe/Generate', 'Generate299137B4', 'GenerateShardCA9A344F'),
  ...everywhere(
    ['DataCollection', 'ModelTraining', 'Recommendation'],
    'CloudFormation-Validate::W2001',
    'CDK reads the network’s id and zones to know its subnets, also where a template then needs only these.',
  ),
  ...everywhere(
    ['DataCollection', 'ModelTraining', 'Recommendation'],
    'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId',
    'Only the Foundation, which knows the route tables, adds routes.',
  ),
];

/** @throws Error for a construct that is not there any more */
export function acknowledge(app: App): void {
  for (const { at, id, reason } of acknowledgements) {
    const construct = at.split('/').reduce((scope, name) => scope.node.findChild(name), app as App['node']['root']);
    Validations.of(construct).acknowledge({ id, reason });
  }
}
