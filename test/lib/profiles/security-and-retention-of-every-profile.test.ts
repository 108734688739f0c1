import { describe, expect, it } from 'vitest';
import { PARTITIONS, TOPICS } from '#domain/events/event-log-topics.ts';
import { type ProfileName, profiles } from '../../../lib/deployment-profiles.ts';
import { templatesOf } from './profile-templates.ts';

describe.each(Object.keys(profiles) as ProfileName[])('the profile %s', (name) => {
  const { resources, stack, ofType, valuesOf } = templatesOf(name);
  const { zones, topicRetention, broker } = profiles[name];

  it('has all topics, each replicated to every broker, and tolerates the loss of one', () => {
    const topics = valuesOf('AWS::MSK::Topic');
    expect(topics.map(({ TopicName }) => TopicName).sort()).toEqual([...TOPICS].sort());
    for (const { PartitionCount, ReplicationFactor, Configs } of topics) {
      expect({ PartitionCount, ReplicationFactor }).toEqual({ PartitionCount: PARTITIONS, ReplicationFactor: zones });
      const settings = Buffer.from(String(Configs), 'base64').toString('utf8');
      expect(settings).toContain(`retention.ms=${topicRetention.toMilliseconds()}\nmin.insync.replicas=${zones - 1}`);
    }
  });

  it('accepts only clients with IAM and TLS', () => {
    stack('Foundation').hasResourceProperties('AWS::MSK::Cluster', {
      NumberOfBrokerNodes: zones,
      BrokerNodeGroupInfo: { InstanceType: broker.instanceType },
      ClientAuthentication: { Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } },
      EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
    });
  });

  it('reads topics with provisioned pollers, which its event sources share', () => {
    const { min, max } = profiles[name].pollers;
    const sources = valuesOf('AWS::Lambda::EventSourceMapping');
    expect(sources.length).toBe(3);
    for (const { ProvisionedPollerConfig } of sources) {
      expect(ProvisionedPollerConfig).toEqual({
        MinimumPollers: min,
        MaximumPollers: max,
        PollerGroupName: 'agentbricks',
      });
    }
  });

  it('has no public bucket, and each rejects requests without TLS', () => {
    const buckets = ofType('AWS::S3::Bucket');
    expect(buckets.length).toBe(3);
    const policies = valuesOf('AWS::S3::BucketPolicy');
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

  it('has no NAT and accepts no inbound traffic', () => {
    expect(ofType('AWS::EC2::NatGateway')).toEqual([]);
    const open = JSON.stringify(valuesOf('AWS::EC2::SecurityGroup').map((group) => group.SecurityGroupIngress ?? []));
    expect(open).not.toContain('0.0.0.0/0');
    const ingress = valuesOf('AWS::EC2::SecurityGroupIngress');
    expect(ingress.filter(({ SourceSecurityGroupId }) => !SourceSecurityGroupId)).toEqual([]);
  });

  it('contains no secret: Secrets Manager generates it, and functions receive its name', () => {
    const secrets = valuesOf('AWS::SecretsManager::Secret');
    expect(secrets.map(({ SecretString }) => SecretString)).toEqual(name === 'learner' ? [undefined] : []);
    expect(JSON.stringify(resources)).not.toContain('{{resolve:');
    const variables = valuesOf('AWS::Lambda::Function').flatMap(({ Environment }) =>
      Object.entries((Environment as { Variables?: object } | undefined)?.Variables ?? {}),
    );
    const secret = variables.filter(([variable]) => /SECRET|PASSWORD|TOKEN|API_KEY/.test(variable));
    expect(secret.filter(([, value]) => typeof value === 'string')).toEqual([]);
    expect(secret.length > 0).toBe(name === 'learner');
  });

  it('traces every function and state machine', () => {
    const functions = valuesOf('AWS::Lambda::Function').filter(({ Environment }) => Environment);
    const machines = valuesOf('AWS::StepFunctions::StateMachine');
    expect(functions.length).toBeGreaterThan(15);
    for (const { TracingConfig } of functions) expect(TracingConfig).toEqual({ Mode: 'Active' });
    for (const { TracingConfiguration } of machines) expect(TracingConfiguration).toEqual({ Enabled: true });
  });

  it('has a log group for each function, including those of CDK', () => {
    const functions = ofType('AWS::Lambda::Function');
    expect(functions.filter(([, { Properties }]) => !Properties.LoggingConfig).map(([id]) => id)).toEqual([]);
  });

  it('expires every log', () => {
    const groups = ofType('AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThan(20);
    expect(groups.filter(([, { Properties }]) => Properties.RetentionInDays !== profiles[name].logRetention)).toEqual(
      [],
    );
  });

  it('has no API without authentication or throttling', () => {
    const http = valuesOf('AWS::ApiGatewayV2::Route').map(({ AuthorizationType }) => AuthorizationType);
    const rest = valuesOf('AWS::ApiGateway::Method').map(({ AuthorizationType }) => AuthorizationType);
    expect(http).toEqual(name === 'learner' ? ['CUSTOM', 'CUSTOM'] : []);
    expect(rest).toEqual(name === 'learner' ? [] : ['AWS_IAM', 'AWS_IAM']);
    const { rate, burst } = profiles[name].api.throttle;
    const limits = [...valuesOf('AWS::ApiGatewayV2::Stage'), ...valuesOf('AWS::ApiGateway::Stage')];
    expect(limits).toHaveLength(2);
    const limit = { ThrottlingBurstLimit: burst, ThrottlingRateLimit: rate };
    for (const { DefaultRouteSettings, MethodSettings } of limits) {
      expect(DefaultRouteSettings ?? (MethodSettings as unknown[])[0]).toMatchObject(limit);
    }
  });
});
