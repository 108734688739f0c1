import type { ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { NetworkListener, NetworkLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

/** Containers behind a load balancer in the network. */
export interface ContainerService {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroups: readonly ISecurityGroup[];
  readonly loadBalancer: NetworkLoadBalancer;
  readonly listener: NetworkListener;
}

/** What an API sends its requests to: a function, or the same handler in containers. */
export type RouteTarget = { readonly function: IFunction } | ContainerService;
