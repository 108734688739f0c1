import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { NetworkLoadBalancer, NetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { describe, expect, it } from 'vitest';
import type { Api } from '../../lib/constructs/api/brick-api-types.ts';
import { createApi } from '../../lib/constructs/api/choose-api-kind.ts';
import type { ContainerService } from '../../lib/constructs/compute/route-target-types.ts';
import { appOf } from './synthesise-app.ts';

/** Creates an API in an otherwise empty stack, and a function that creates container services in one network. */
function apiOf(profile: 'learner' | 'production') {
  const { app, stacks } = appOf(profile);
  const { profile: settings, shared } = stacks.get('Recommendation') as Stack & Parameters<typeof createApi>[1];
  const stack = new Stack(app, 'ContainerRoutes');
  const vpc = new Vpc(stack, 'Vpc');
  const group = new SecurityGroup(stack, 'Group', { vpc });
  const containers = (id: string, securityGroups = [group]): ContainerService => {
    const loadBalancer = new NetworkLoadBalancer(stack, id, { vpc });
    const tasks = new NetworkTargetGroup(stack, `${id}Tasks`, { vpc, port: 8_080 });
    const listener = loadBalancer.addListener('Http', { port: 8_080, defaultTargetGroups: [tasks] });
    return { vpc, subnets: vpc.privateSubnets, securityGroups, loadBalancer, listener };
  };
  return { stack, vpc, containers, api: createApi(stack, { profile: settings, shared }) };
}

const route = (api: Api, name: string, target: ContainerService) =>
  api.route(name, { kind: 'route', method: 'GET', path: `/v1/${name}` }, target);
const links = (stack: Stack, type: string) => Object.entries(Template.fromStack(stack).findResources(type));

describe('an API with several container routes', () => {
  it('of kind HTTP has one link to each network', () => {
    const { stack, vpc, containers, api } = apiOf('learner');
    const first = containers('First');
    route(api, 'one', first);
    route(api, 'two', first);
    route(api, 'three', containers('Second'));
    route(api, 'four', containers('Third', [new SecurityGroup(stack, 'Other', { vpc })]));
    const found = links(stack, 'AWS::ApiGatewayV2::VpcLink');
    expect(found.map(([id]) => id)).toEqual([expect.stringMatching(/^VpcLink/), expect.stringMatching(/^fourVpcLink/)]);
    expect(links(stack, 'AWS::ApiGatewayV2::Route')).toHaveLength(4);
  });

  it('of kind REST has one link to each load balancer', () => {
    const { stack, containers, api } = apiOf('production');
    const first = containers('First');
    route(api, 'one', first);
    route(api, 'two', first);
    route(api, 'three', containers('Second'));
    const found = links(stack, 'AWS::ApiGateway::VpcLink');
    expect(found.map(([id]) => id)).toEqual([
      expect.stringMatching(/^VpcLink/),
      expect.stringMatching(/^threeVpcLink/),
    ]);
    expect(new Set(found.map(([, { Properties }]) => JSON.stringify(Properties.TargetArns))).size).toBe(2);
    expect(links(stack, 'AWS::ApiGateway::Method')).toHaveLength(3);
  });
});
