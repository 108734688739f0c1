import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { DAY } from '#domain/core/time.ts';
import { profiles } from '../../../lib/deployment-profiles.ts';
import { appOf, type Resource, synthesise } from '../synthesise-app.ts';
import { templatesOf } from './profile-templates.ts';

describe('the learner', () => {
  /** Deletion policies under which a resource, or a snapshot of it, outlives its stack. */
  const KEPT = ['Retain', 'Snapshot', 'RetainExceptOnCreate'];
  const { resources, stack, ofType, valuesOf, endpoints } = templatesOf('learner');

  it('costs nothing after `cdk destroy`', () => {
    const kept = resources.filter(([, { DeletionPolicy }]) => DeletionPolicy && KEPT.includes(DeletionPolicy));
    expect(kept.map(([id, { Type }]) => `${id} ${Type}`)).toEqual([]);
  });

  it('empties its buckets before they are deleted', () => {
    expect(ofType('Custom::S3AutoDeleteObjects')).toHaveLength(ofType('AWS::S3::Bucket').length);
  });

  it('protects no resource from deletion', () => {
    const guarded = ({ Properties }: Resource) =>
      JSON.stringify(Properties ?? {}).includes('"DeletionProtectionEnabled":true');
    expect(resources.filter(([, resource]) => guarded(resource))).toEqual([]);
    const { stacks } = appOf('learner');
    expect([...stacks.values()].filter(({ terminationProtection }) => terminationProtection)).toEqual([]);
  });

  it('deletes objects after at most a month', () => {
    for (const { LifecycleConfiguration } of valuesOf('AWS::S3::Bucket')) {
      expect(JSON.stringify(LifecycleConfiguration)).toMatch(/"ExpirationInDays":(7|30)[,}]/);
    }
  });

  it('pays for no endpoint, key, cache, firewall or provisioned function', () => {
    expect(endpoints()).toEqual([]);
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

  it('has jobs in public subnets, which contain nothing else', () => {
    expect(ofType('AWS::EC2::InternetGateway')).toHaveLength(1);
    stack('ModelTraining').hasResourceProperties('AWS::Batch::JobDefinition', {
      PlatformCapabilities: ['FARGATE'],
      ContainerProperties: { NetworkConfiguration: { AssignPublicIp: 'ENABLED' } },
    });
  });

  it('trains on Spot machines, and retries when one is reclaimed', () => {
    stack('ModelTraining').hasResourceProperties('AWS::Batch::ComputeEnvironment', {
      ComputeResources: { Type: 'FARGATE_SPOT' },
    });
    stack('ModelTraining').hasResourceProperties('AWS::Batch::JobDefinition', {
      RetryStrategy: {
        Attempts: 5,
        EvaluateOnExit: Match.arrayWith([
          { Action: 'RETRY', OnStatusReason: 'Your Spot Task was interrupted*' },
          { Action: 'EXIT', OnReason: '*' },
        ]),
      },
    });
  });

  it('receives budget notifications at the given address', () => {
    const budgeted = synthesise('learner', { email: 'ann@example.org' }).get('Foundation') as Template;
    budgeted.hasResourceProperties('AWS::Budgets::Budget', {
      Budget: { BudgetLimit: { Amount: profiles.learner.budget, Unit: 'USD' }, TimeUnit: 'MONTHLY' },
      NotificationsWithSubscribers: Match.arrayWith([
        Match.objectLike({ Subscribers: [{ SubscriptionType: 'EMAIL', Address: 'ann@example.org' }] }),
      ]),
    });
  });

  it('tags resources with the project and an expiry date', () => {
    const tagged = synthesise('learner', { expires: '2027-01-31' }).get('Foundation') as Template;
    tagged.hasResourceProperties('AWS::MSK::Cluster', { Tags: { project: 'agentbricks', expires: '2027-01-31' } });
  });

  it('tags every stack with an expiry date by default', () => {
    const { app, stacks } = appOf('learner');
    const tags = app.synth().stacks.map(({ tags }) => tags);
    expect(tags).toHaveLength(stacks.size);
    for (const { project, expires } of tags) {
      expect(project).toBe('agentbricks');
      const days = (Date.parse(expires ?? '') - Date.now()) / DAY;
      expect(Math.ceil(days)).toBe(profiles.learner.lifetimeDays);
    }
  });

  it('authenticates with a tenant’s key, which is generated', () => {
    stack('Foundation').hasResourceProperties('AWS::SecretsManager::Secret', {
      GenerateSecretString: Match.objectLike({ GenerateStringKey: 'universe' }),
    });
    for (const id of ['DataCollection', 'Recommendation']) {
      stack(id).hasResourceProperties('AWS::ApiGatewayV2::Authorizer', {
        AuthorizerType: 'REQUEST',
        IdentitySource: ['$request.header.x-api-key'],
      });
    }
  });
});
