import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { DAY } from '#domain/time.ts';
import { PARTITIONS, TOPICS } from '#domain/topics.ts';
import { type ProfileName, profiles } from '../../lib/profiles.ts';
import { appOf, type Resource, resourcesOf, synthesise } from './synth.ts';

const learner = synthesise('learner');
const production = synthesise('production');
const of = { learner, production } as const;
const names = Object.keys(of) as ProfileName[];
const stack = (name: ProfileName, id: string) => of[name].get(id) as Template;
const ofType = (name: ProfileName, type: string) => resourcesOf(of[name]).filter(([, { Type }]) => Type === type);
const valuesOf = (name: ProfileName, type: string): Record<string, unknown>[] =>
  ofType(name, type).map(([, { Properties }]) => Properties);
/** The last part of an endpoint's service. */
const endpoints = (name: ProfileName) =>
  valuesOf(name, 'AWS::EC2::VPCEndpoint')
    .filter(({ VpcEndpointType }) => VpcEndpointType === 'Interface')
    .map(({ ServiceName }) => String(JSON.stringify(ServiceName)).replace(/^.*\.(ecr|ecs|execute-api|logs)/, '$1'));

describe.each(names)('the profile %s', (name) => {
  const { zones, topicRetention, broker } = profiles[name];

  it('has each topic, with a copy on each broker, of which one may be away', () => {
    const topics = valuesOf(name, 'AWS::MSK::Topic');
    expect(topics.map(({ TopicName }) => TopicName).sort()).toEqual([...TOPICS].sort());
    for (const { PartitionCount, ReplicationFactor, Configs } of topics) {
      expect({ PartitionCount, ReplicationFactor }).toEqual({ PartitionCount: PARTITIONS, ReplicationFactor: zones });
      const settings = Buffer.from(String(Configs), 'base64').toString('utf8');
      expect(settings).toContain(`retention.ms=${topicRetention.toMilliseconds()}\nmin.insync.replicas=${zones - 1}`);
    }
  });

  it('lets clients in by IAM alone, over TLS', () => {
    stack(name, 'Foundation').hasResourceProperties('AWS::MSK::Cluster', {
      NumberOfBrokerNodes: zones,
      BrokerNodeGroupInfo: { InstanceType: broker.instanceType },
      ClientAuthentication: { Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } },
      EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
    });
  });

  it('reads topics with pollers of its own, which its event sources share', () => {
    const { min, max } = profiles[name].pollers;
    const sources = valuesOf(name, 'AWS::Lambda::EventSourceMapping');
    expect(sources.length).toBe(3);
    for (const { ProvisionedPollerConfig } of sources) {
      expect(ProvisionedPollerConfig).toEqual({
        MinimumPollers: min,
        MaximumPollers: max,
        PollerGroupName: 'agentbricks',
      });
    }
  });

  it('refuses requests that are not over TLS to every bucket, and closes each to the public', () => {
    const buckets = ofType(name, 'AWS::S3::Bucket');
    expect(buckets.length).toBe(3);
    const policies = valuesOf(name, 'AWS::S3::BucketPolicy');
    for (const [id, { Properties }] of buckets) {
      expect(Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      const [policy] = policies.filter(({ Bucket }) => JSON.stringify(Bucket).includes(id.split('/')[1] ?? ''));
      expect(JSON.stringify(policy)).toContain('{"Bool":{"aws:SecureTransport":"false"}}');
    }
  });

  it('has no NAT, and lets nothing in', () => {
    expect(ofType(name, 'AWS::EC2::NatGateway')).toEqual([]);
    const open = JSON.stringify(
      valuesOf(name, 'AWS::EC2::SecurityGroup').map((group) => group.SecurityGroupIngress ?? []),
    );
    expect(open).not.toContain('0.0.0.0/0');
    const ingress = valuesOf(name, 'AWS::EC2::SecurityGroupIngress');
    expect(ingress.filter(({ SourceSecurityGroupId }) => !SourceSecurityGroupId)).toEqual([]);
  });

  it('holds no secret: one is made by Secrets Manager, and functions are told its name', () => {
    const secrets = valuesOf(name, 'AWS::SecretsManager::Secret');
    expect(secrets.map(({ SecretString }) => SecretString)).toEqual(name === 'learner' ? [undefined] : []);
    expect(JSON.stringify(resourcesOf(of[name]))).not.toContain('{{resolve:');
    const variables = valuesOf(name, 'AWS::Lambda::Function').flatMap(({ Environment }) =>
      Object.entries((Environment as { Variables?: object } | undefined)?.Variables ?? {}),
    );
    const secret = variables.filter(([variable]) => /SECRET|PASSWORD|TOKEN|API_KEY/.test(variable));
    expect(secret.filter(([, value]) => typeof value === 'string')).toEqual([]);
    expect(secret.length > 0).toBe(name === 'learner');
  });

  it('traces every function and state machine', () => {
    const functions = valuesOf(name, 'AWS::Lambda::Function').filter(({ Environment }) => Environment);
    const machines = valuesOf(name, 'AWS::StepFunctions::StateMachine');
    expect(functions.length).toBeGreaterThan(15);
    for (const { TracingConfig } of functions) expect(TracingConfig).toEqual({ Mode: 'Active' });
    for (const { TracingConfiguration } of machines) expect(TracingConfiguration).toEqual({ Enabled: true });
  });

  it('has a log group for each function, also for those of CDK', () => {
    const functions = ofType(name, 'AWS::Lambda::Function');
    expect(functions.filter(([, { Properties }]) => !Properties.LoggingConfig).map(([id]) => id)).toEqual([]);
  });

  it('ends each log', () => {
    const groups = ofType(name, 'AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThan(20);
    expect(groups.filter(([, { Properties }]) => Properties.RetentionInDays !== profiles[name].logRetention)).toEqual(
      [],
    );
  });

  it('has no API that lets everybody in, and none without a limit', () => {
    const http = valuesOf(name, 'AWS::ApiGatewayV2::Route').map(({ AuthorizationType }) => AuthorizationType);
    const rest = valuesOf(name, 'AWS::ApiGateway::Method').map(({ AuthorizationType }) => AuthorizationType);
    expect(http).toEqual(name === 'learner' ? ['CUSTOM', 'CUSTOM'] : []);
    expect(rest).toEqual(name === 'learner' ? [] : ['AWS_IAM', 'AWS_IAM']);
    const { rate, burst } = profiles[name].api.throttle;
    const limits = [...valuesOf(name, 'AWS::ApiGatewayV2::Stage'), ...valuesOf(name, 'AWS::ApiGateway::Stage')];
    expect(limits).toHaveLength(2);
    const limit = { ThrottlingBurstLimit: burst, ThrottlingRateLimit: rate };
    for (const { DefaultRouteSettings, MethodSettings } of limits) {
      expect(DefaultRouteSettings ?? (MethodSettings as unknown[])[0]).toMatchObject(limit);
    }
  });
});

describe('the learner', () => {
  const KEPT = ['Retain', 'Snapshot', 'RetainExceptOnCreate'];
  /** Deleted with its stack, and billed for as long as it stands. */
  const resources = resourcesOf(learner);

  it('has nothing left to pay after `cdk destroy`', () => {
    const kept = resources.filter(([, { DeletionPolicy }]) => DeletionPolicy && KEPT.includes(DeletionPolicy));
    expect(kept.map(([id, { Type }]) => `${id} ${Type}`)).toEqual([]);
  });

  it('empties its buckets before they are deleted', () => {
    expect(ofType('learner', 'Custom::S3AutoDeleteObjects')).toHaveLength(ofType('learner', 'AWS::S3::Bucket').length);
  });

  it('protects nothing from being deleted', () => {
    const guarded = ({ Properties }: Resource) =>
      JSON.stringify(Properties ?? {}).includes('"DeletionProtectionEnabled":true');
    expect(resources.filter(([, resource]) => guarded(resource))).toEqual([]);
    const { stacks } = appOf('learner');
    expect([...stacks.values()].filter(({ terminationProtection }) => terminationProtection)).toEqual([]);
  });

  it('keeps no object longer than a month', () => {
    for (const { LifecycleConfiguration } of valuesOf('learner', 'AWS::S3::Bucket')) {
      expect(JSON.stringify(LifecycleConfiguration)).toMatch(/"ExpirationInDays":(7|30)[,}]/);
    }
  });

  it('pays for no endpoint, key, cache, firewall or warm function', () => {
    expect(endpoints('learner')).toEqual([]);
    const dear = [
      'KMS::Key',
      'ElastiCache::ServerlessCache',
      'WAFv2::WebACL',
      'ApplicationAutoScaling::ScalableTarget',
    ];
    expect(resources.map(([, { Type }]) => Type).filter((type) => dear.includes(type.slice('AWS::'.length)))).toEqual(
      [],
    );
  });

  it('has jobs with a way out, in subnets that nothing else stands in', () => {
    expect(ofType('learner', 'AWS::EC2::InternetGateway')).toHaveLength(1);
    stack('learner', 'ModelTraining').hasResourceProperties('AWS::Batch::JobDefinition', {
      PlatformCapabilities: ['FARGATE'],
      ContainerProperties: { NetworkConfiguration: { AssignPublicIp: 'ENABLED' } },
    });
  });

  it('trains on machines that cost a third, and goes on where one was taken away', () => {
    stack('learner', 'ModelTraining').hasResourceProperties('AWS::Batch::ComputeEnvironment', {
      ComputeResources: { Type: 'FARGATE_SPOT' },
    });
    stack('learner', 'ModelTraining').hasResourceProperties('AWS::Batch::JobDefinition', {
      RetryStrategy: {
        Attempts: 5,
        EvaluateOnExit: Match.arrayWith([
          { Action: 'RETRY', OnStatusReason: 'Your Spot Task was interrupted*' },
          { Action: 'EXIT', OnReason: '*' },
        ]),
      },
    });
  });

  it('is told of its budget when it gave an address', () => {
    const budgeted = synthesise('learner', { email: 'ann@example.org' }).get('Foundation') as Template;
    budgeted.hasResourceProperties('AWS::Budgets::Budget', {
      Budget: { BudgetLimit: { Amount: profiles.learner.budget, Unit: 'USD' }, TimeUnit: 'MONTHLY' },
      NotificationsWithSubscribers: Match.arrayWith([
        Match.objectLike({ Subscribers: [{ SubscriptionType: 'EMAIL', Address: 'ann@example.org' }] }),
      ]),
    });
  });

  it('finds by tags what is its own and when it should be gone', () => {
    const tagged = synthesise('learner', { expires: '2027-01-31' }).get('Foundation') as Template;
    tagged.hasResourceProperties('AWS::MSK::Cluster', { Tags: { project: 'agentbricks', expires: '2027-01-31' } });
  });

  it('has a date on every stack by which it should be gone, also where nobody gave one', () => {
    const tags = appOf('learner')
      .app.synth()
      .stacks.map(({ tags }) => tags);
    expect(tags).toHaveLength(learner.size);
    for (const { project, expires } of tags) {
      expect(project).toBe('agentbricks');
      const days = (Date.parse(expires ?? '') - Date.now()) / DAY;
      expect(Math.ceil(days)).toBe(profiles.learner.lifetimeDays);
    }
  });

  it('calls with the key of a tenant, that nobody chose', () => {
    stack('learner', 'Foundation').hasResourceProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: Match.objectLike({ GenerateStringKey: 'universe' }),
    });
    for (const id of ['DataCollection', 'Recommendation']) {
      stack('learner', id).hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
        AuthorizerType: 'REQUEST',
        IdentitySource: ['$request.header.x-api-key'],
      });
    }
  });
});

describe('production', () => {
  it('encrypts data, logs, topics and the cache under a key of its own, which is turned over', () => {
    stack('production', 'Foundation').hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    for (const group of valuesOf('production', 'AWS::Logs::LogGroup')) expect(group.KmsKeyId).toBeTruthy();
    for (const topic of valuesOf('production', 'AWS::SNS::Topic')) expect(topic.KmsMasterKeyId).toBeTruthy();
    for (const { SSESpecification } of valuesOf('production', 'AWS::DynamoDB::Table')) {
      expect(SSESpecification).toMatchObject({ SSEType: 'KMS', KMSMasterKeyId: expect.anything() });
    }
    const buckets = ofType('production', 'AWS::S3::Bucket').filter(([id]) => !id.includes('AccessLogs'));
    for (const [, { Properties }] of buckets) expect(JSON.stringify(Properties.BucketEncryption)).toContain('aws:kms');
    const [cluster] = valuesOf('production', 'AWS::MSK::Cluster');
    expect(JSON.stringify(cluster)).toContain('"DataVolumeKMSKeyId":{"Fn::GetAtt":["Key');
    const [cache] = valuesOf('production', 'AWS::ElastiCache::ServerlessCache');
    expect(cache?.KmsKeyId).toBeTruthy();
  });

  it('opens the cache to one user, who has no password', () => {
    stack('production', 'Foundation').hasResourceProperties('AWS::ElastiCache::User', {
      AuthenticationMode: { Type: 'iam' },
      AccessString: 'on ~agentbricks:* -@all +@read +@write +@connection +info',
    });
    stack('production', 'Recommendation').hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ CACHE: 'elasticache', CACHE_NAME: 'agentbricks' }) },
    });
  });

  it('moves old records to a cheaper tier', () => {
    stack('production', 'Foundation').hasResourceProperties('AWS::MSK::Cluster', { StorageMode: 'TIERED' });
    for (const { Configs } of valuesOf('production', 'AWS::MSK::Topic')) {
      const settings = Buffer.from(String(Configs), 'base64').toString('utf8');
      expect(settings).toContain('remote.storage.enable=true\nlocal.retention.ms=172800000');
    }
  });

  it('keeps data when a stack is deleted, and stacks from being deleted', () => {
    const { stacks } = appOf('production');
    expect([...stacks.values()].filter(({ terminationProtection }) => !terminationProtection)).toEqual([]);
    for (const type of ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::Backup::BackupVault']) {
      expect(ofType('production', type).length).toBeGreaterThan(0);
      expect(ofType('production', type).filter(([, { DeletionPolicy }]) => DeletionPolicy !== 'Retain')).toEqual([]);
    }
  });

  it('copies tables and buckets every day, and keeps the copies for 35', () => {
    const foundation = stack('production', 'Foundation');
    foundation.hasResourceProperties('AWS::Backup::BackupPlan', {
      BackupPlan: { BackupPlanRule: [Match.objectLike({ Lifecycle: { DeleteAfterDays: 35 } })] },
    });
    const [selection] = valuesOf('production', 'AWS::Backup::BackupSelection');
    expect(selection?.BackupSelection).toMatchObject({ Resources: expect.objectContaining({ length: 5 }) });
  });

  it('has the endpoints that containers and machines with a GPU need, and no way out', () => {
    expect(
      endpoints('production')
        .map((text) => text.replace(/["\]}]+$/, ''))
        .sort(),
    ).toEqual(['ecr.api', 'ecr.dkr', 'ecs', 'ecs-agent', 'ecs-telemetry', 'logs']);
    expect(ofType('production', 'AWS::EC2::InternetGateway')).toEqual([]);
  });

  it('puts a firewall before each API, that lets whole batches through', () => {
    const walls = valuesOf('production', 'AWS::WAFv2::WebACL');
    expect(walls).toHaveLength(2);
    expect(ofType('production', 'AWS::WAFv2::WebACLAssociation')).toHaveLength(2);
    const logs = valuesOf('production', 'AWS::WAFv2::LoggingConfiguration');
    expect(logs).toHaveLength(2);
    for (const { RedactedFields } of logs)
      expect(RedactedFields).toContainEqual({ SingleHeader: { Name: 'authorization' } });
    for (const wall of walls) {
      expect(JSON.stringify(wall)).toContain('{"ActionToUse":{"Count":{}},"Name":"SizeRestrictions_BODY"}');
    }
  });

  it('gives a new version a tenth of the requests, and takes it back when it fails or is slow', () => {
    for (const id of ['DataCollection', 'Recommendation']) {
      stack('production', id).hasResourceProperties('AWS::CodeDeploy::Application', { ComputePlatform: 'Lambda' });
      stack('production', id).hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
        DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
        AlarmConfiguration: { Enabled: true, Alarms: Match.anyValue() },
        AutoRollbackConfiguration: { Enabled: true, Events: Match.arrayWith(['DEPLOYMENT_STOP_ON_ALARM']) },
      });
      const [alias] = Object.values(stack('production', id).findResources('AWS::Lambda::Alias'));
      expect(alias).toMatchObject({ Properties: { Name: 'live' }, UpdatePolicy: { CodeDeployLambdaAliasUpdate: {} } });
    }
  });

  it('keeps functions that serve warm by the hour of the day', () => {
    stack('production', 'Recommendation').hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      ScalableDimension: 'lambda:function:ProvisionedConcurrency',
      MinCapacity: 5,
      ScheduledActions: [
        Match.objectLike({ Schedule: 'cron(0 6 * * ? *)', ScalableTargetAction: { MinCapacity: 20 } }),
        Match.objectLike({ Schedule: 'cron(0 23 * * ? *)', ScalableTargetAction: { MinCapacity: 5 } }),
      ],
    });
    stack('production', 'Recommendation').hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: { PredefinedMetricType: 'LambdaProvisionedConcurrencyUtilization' },
        TargetValue: 0.7,
      },
    });
  });

  it('trains on GPUs that AWS may take back', () => {
    const training = stack('production', 'ModelTraining');
    training.hasResourceProperties('AWS::Batch::ComputeEnvironment', {
      ComputeResources: { Type: 'SPOT', InstanceTypes: ['g5', 'g6'] },
    });
    training.hasResourceProperties('AWS::Batch::JobDefinition', {
      ContainerProperties: { ResourceRequirements: Match.arrayWith([{ Type: 'GPU', Value: '1' }]) },
    });
  });

  it('builds features in a container, which the pipeline waits for', () => {
    stack('production', 'FeatureEngineering').hasResourceProperties('AWS::Batch::JobDefinition', {
      ContainerProperties: {
        Command: [
          'functions/feature-engineering/build-features/job.ts',
          ...['--run-id', 'Ref::runId', '--as-of', 'Ref::asOf'],
        ],
      },
    });
    const [pipeline] = valuesOf('production', 'AWS::StepFunctions::StateMachine').filter((machine) =>
      JSON.stringify(machine).includes('ArchiveCaughtUp'),
    );
    expect(JSON.stringify(pipeline)).toContain("States.Format('agentbricks-features-{}', $.runId)");
  });
});

describe('what a company chooses', () => {
  it('serves from containers that run the same handler, behind the same API', () => {
    const template = synthesise('production', { serving: 'fargate' }).get('Recommendation') as Template;
    template.hasResourceProperties('AWS::ECS::Service', {
      LaunchType: 'FARGATE',
      DesiredCount: 3,
      DeploymentConfiguration: Match.objectLike({ DeploymentCircuitBreaker: { Enable: true, Rollback: true } }),
    });
    template.hasResourceProperties('AWS::ECS::TaskDefinition', {
      ContainerDefinitions: [
        Match.objectLike({ Command: ['functions/recommendation/serve/index.ts'], ReadonlyRootFilesystem: true }),
      ],
    });
    template.hasResourceProperties('AWS::ApiGateway::Method', {
      AuthorizationType: 'AWS_IAM',
      Integration: Match.objectLike({ Type: 'HTTP_PROXY', ConnectionType: 'VPC_LINK' }),
    });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
  });

  it('hides the APIs in the network, and gives the universe a place there', () => {
    const templates = synthesise('production', { private: 'true' });
    for (const id of ['DataCollection', 'Recommendation']) {
      const template = templates.get(id) as Template;
      template.hasResourceProperties('AWS::ApiGateway::RestApi', {
        EndpointConfiguration: Match.objectLike({ Types: ['PRIVATE'] }),
        Policy: {
          Statement: [
            Match.objectLike({ Effect: 'Allow' }),
            Match.objectLike({
              Effect: 'Deny',
              Condition: { StringNotEquals: { 'aws:SourceVpce': Match.anyValue() } },
            }),
          ],
        },
      });
    }
    const live = Object.values((templates.get('Universe') as Template).findResources('AWS::Lambda::Function'));
    expect(live.filter(({ Properties }) => Properties.VpcConfig)).toHaveLength(1);
  });

  it('asks an issuer’s tokens of callers', () => {
    const issuer = { issuer: 'https://id.example.org', audience: 'agentbricks' };
    const template = synthesise('production', issuer).get('DataCollection') as Template;
    template.hasResourceProperties('AWS::ApiGateway::Method', { AuthorizationType: 'CUSTOM' });
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({ API_AUTH: 'jwt', JWT_ISSUER: issuer.issuer, JWT_AUDIENCE: issuer.audience }),
      },
    });
  });

  it.each([
    [{ serving: 'ec2' }, '-c serving=ec2 is not known: use one of lambda, fargate'],
    [{ private: 'maybe' }, 'use one of true, false'],
    [{ issuer: 'https://id.example.org' }, 'tokens need both'],
  ])('%o is refused: %s', (choices, message) => {
    expect(() => appOf('production', choices)).toThrow(message);
  });
});
