import { Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { appOf, synthesise } from '../synthesise-app.ts';

describe('the options of a profile', () => {
  it('serve from containers that run the same handler, behind the same API', () => {
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

  it('make the APIs private, and put the universe into the network', () => {
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

  it('authenticate callers with tokens of an issuer', () => {
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
    [{ serving: 'ec2' }, '-c serving=ec2 is unknown: use one of lambda, fargate'],
    [{ private: 'maybe' }, 'use one of true, false'],
    [{ issuer: 'https://id.example.org' }, 'JWT authentication needs both'],
  ])('%o is rejected: %s', (choices, message) => {
    expect(() => appOf('production', choices)).toThrow(message);
  });
});
