import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { appOf } from '../synthesise-app.ts';
import { templatesOf } from './profile-templates.ts';

describe('production', () => {
  const { stack, ofType, valuesOf, endpoints } = templatesOf('production');

  it('encrypts data, logs, topics and the cache under a key of its own, which is turned over', () => {
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

  it('opens the cache to one user, who has no password', () => {
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

  it('keeps data when a stack is deleted, and stacks from being deleted', () => {
    const { stacks } = appOf('production');
    expect([...stacks.values()].filter(({ terminationProtection }) => !terminationProtection)).toEqual([]);
    for (const type of ['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::Backup::BackupVault']) {
      expect(ofType(type).length).toBeGreaterThan(0);
      expect(ofType(type).filter(([, { DeletionPolicy }]) => DeletionPolicy !== 'Retain')).toEqual([]);
    }
  });

  it('copies tables and buckets every day, and keeps the copies for 35', () => {
    const foundation = stack('Foundation');
    foundation.hasResourceProperties('AWS::Backup::BackupPlan', {
      BackupPlan: { BackupPlanRule: [Match.objectLike({ Lifecycle: { DeleteAfterDays: 35 } })] },
    });
    const [selection] = valuesOf('AWS::Backup::BackupSelection');
    expect(selection?.BackupSelection).toMatchObject({ Resources: expect.objectContaining({ length: 5 }) });
  });

  it('has the endpoints that containers and machines with a GPU need, and no way out', () => {
    expect(
      endpoints()
        .map((text) => text.replace(/["\]}]+$/, ''))
        .sort(),
    ).toEqual(['ecr.api', 'ecr.dkr', 'ecs', 'ecs-agent', 'ecs-telemetry', 'logs']);
    expect(ofType('AWS::EC2::InternetGateway')).toEqual([]);
  });

  it('puts a firewall before each API, that lets whole batches through', () => {
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

  it('gives a new version a tenth of the requests, and takes it back when it fails or is slow', () => {
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

  it('keeps functions that serve warm by the hour of the day', () => {
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

  it('trains on GPUs that AWS may take back', () => {
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
