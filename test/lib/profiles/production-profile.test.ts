import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { appOf } from '../synthesise-app.ts';
import { templatesOf } from './profile-templates.ts';

describe('production', () => {
  const { stack, ofType, valuesOf, endpoints } = templatesOf('production');

  it('encrypts data, logs, topics and the cache with a customer-managed key, which is rotated', () => {
    stack('Foundation').hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    for (const group of valuesOf('AWS::Logs::LogGroup')) expect(group.KmsKeyId).toBeTruthy();
    for (const topic of valuesOf('AWS::SNS::Topic')) expect(topic.KmsMasterKeyId).toBeTruthy();
    for (const { SSESpecification } of valuesOf('AWS::DynamoDB::Table')) {
      expect(SSESpecification).toMatchObject({ SSEType: 'KMS', KMSMasterKeyId: expect.anything() });
    }
    const buckets = ofType('AWS::S3::Bucket').filter(([id]) => !id.includes('AccessLogs'));
    for (const [, { Properties }] of buckets) expect(JSON.stringify(Properties.BucketEncryption)).toContain('aws:kms');
    const [cluster] = valuesOf('AWS::MSK::Cluster');
    expect(JSON.stringify(cluster)).toContain('"DataVolumeKMSKeyId":{"Fn::GetAtt":["Key');
    const [cache] = valuesOf('AWS::ElastiCache::ServerlessCache');
    expect(cache?.KmsKeyId).toBeTruthy();
  });

  it('has one cache user, without a password', () => {
    stack('Foundation').hasResourceProperties('AWS::ElastiCache::User', {
      AuthenticationMode: { Type: 'iam' },
      AccessString: 'on ~agentbricks:* -@all +@read +@write +@connection +info',
    });
    stack('Recommendation').hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ CACHE: 'elasticache', CACHE_NAME: 'agentbricks' }) },
    });
  });

  it('moves old records to a cheaper tier', () => {
    stack('Foundation').hasResourceProperties('AWS::MSK::Cluster', { StorageMode: 'TIERED' });
    for (const { Configs } of valuesOf('AWS::MSK::Topic')) {
      const settings = Buffer.from(String(Configs), 'base64').toString('utf8');
      expect(settings).toContain('remote.storage.enable=true\nlocal.retention.ms=172800000');
    }
  });

  it('keeps data when a stack is deleted, and protects stacks from deletion', () => {
    const { stacks } = appOf('production');
    expect([...stacks.values()].filter(({ terminationProtection }) => !terminationProtection)).toEqual([]);
    for (const type of ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::Backup::BackupVault']) {
      expect(ofType(type).length).toBeGreaterThan(0);
      expect(ofType(type).filter(([, { DeletionPolicy }]) => DeletionPolicy !== 'Retain')).toEqual([]);
    }
  });

  it('backs up tables and buckets every day, and keeps the backups for 35 days', () => {
    const foundation = stack('Foundation');
    foundation.hasResourceProperties('AWS::Backup::BackupPlan', {
      BackupPlan: { BackupPlanRule: [Match.objectLike({ Lifecycle: { DeleteAfterDays: 35 } })] },
    });
    const [selection] = valuesOf('AWS::Backup::BackupSelection');
    expect(selection?.BackupSelection).toMatchObject({ Resources: expect.objectContaining({ length: 5 }) });
  });

  it('has the endpoints that containers and GPU machines need, and no internet gateway', () => {
    expect(
      endpoints()
        .map((text) => text.replace(/["\]}]+$/, ''))
        .sort(),
    ).toEqual(['ecr.api', 'ecr.dkr', 'ecs', 'ecs-agent', 'ecs-telemetry', 'logs']);
    expect(ofType('AWS::EC2::InternetGateway')).toEqual([]);
  });

  it('protects each API with a firewall that accepts complete batches', () => {
    const walls = valuesOf('AWS::WAFv2::WebACL');
    expect(walls).toHaveLength(2);
    expect(ofType('AWS::WAFv2::WebACLAssociation')).toHaveLength(2);
    const logs = valuesOf('AWS::WAFv2::LoggingConfiguration');
    expect(logs).toHaveLength(2);
    for (const { RedactedFields } of logs)
      expect(RedactedFields).toContainEqual({ SingleHeader: { Name: 'authorization' } });
    for (const wall of walls) {
      expect(JSON.stringify(wall)).toContain('{"ActionToUse":{"Count":{}},"Name":"SizeRestrictions_BODY"}');
    }
  });

  it('sends a tenth of the requests to a new version, and rolls it back if it fails or is slow', () => {
    for (const id of ['DataCollection', 'Recommendation']) {
      stack(id).hasResourceProperties('AWS::CodeDeploy::Application', { ComputePlatform: 'Lambda' });
      stack(id).hasResourceProperties('AWS::CodeDeploy::DeploymentGroup', {
        DeploymentConfigName: 'CodeDeployDefault.LambdaCanary10Percent5Minutes',
        AlarmConfiguration: { Enabled: true, Alarms: Match.anyValue() },
        AutoRollbackConfiguration: { Enabled: true, Events: Match.arrayWith(['DEPLOYMENT_STOP_ON_ALARM']) },
      });
      const [alias] = Object.values(stack(id).findResources('AWS::Lambda::Alias'));
      expect(alias).toMatchObject({ Properties: { Name: 'live' }, UpdatePolicy: { CodeDeployLambdaAliasUpdate: {} } });
    }
  });

  it('keeps serving functions provisioned by time of day', () => {
    stack('Recommendation').hasResourceProperties('AWS::ApplicationAutoScaling::ScalableTarget', {
      ScalableDimension: 'lambda:function:ProvisionedConcurrency',
      MinCapacity: 5,
      ScheduledActions: [
        Match.objectLike({ Schedule: 'cron(0 6 * * ? *)', ScalableTargetAction: { MinCapacity: 20 } }),
        Match.objectLike({ Schedule: 'cron(0 23 * * ? *)', ScalableTargetAction: { MinCapacity: 5 } }),
      ],
    });
    stack('Recommendation').hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
      TargetTrackingScalingPolicyConfiguration: {
        PredefinedMetricSpecification: { PredefinedMetricType: 'LambdaProvisionedConcurrencyUtilization' },
        TargetValue: 0.7,
      },
    });
  });

  it('trains on GPU Spot machines', () => {
    const training = stack('ModelTraining');
    training.hasResourceProperties('AWS::Batch::ComputeEnvironment', {
      ComputeResources: { Type: 'SPOT', InstanceTypes: ['g5', 'g6'] },
    });
    training.hasResourceProperties('AWS::Batch::JobDefinition', {
      ContainerProperties: { ResourceRequirements: Match.arrayWith([{ Type: 'GPU', Value: '1' }]) },
    });
  });

  it('builds features in a container, which the pipeline waits for', () => {
    stack('FeatureEngineering').hasResourceProperties('AWS::Batch::JobDefinition', {
      ContainerProperties: {
        Command: [
          'functions/feature-engineering/build-features/job.ts',
          ...['--run-id', 'Ref::runId', '--as-of', 'Ref::asOf'],
        ],
      },
    });
    const [pipeline] = valuesOf('AWS::StepFunctions::StateMachine').filter((machine) =>
      JSON.stringify(machine).includes('ArchiveCaughtUp'),
    );
    expect(JSON.stringify(pipeline)).toContain("States.Format('agentbricks-features-{}', $.runId)");
  });
});
