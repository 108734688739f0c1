import type { ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { NetworkListener, NetworkLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';

/** A container service behind a load balancer in the VPC. */
export interface ContainerService {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroups: readonly ISecurityGroup[];
  readonly loadBalancer: NetworkLoadBalancer;
  readonly listener: NetworkListener;
}

/** Target of an API route: a function, or containers that run the same handler. */
export type RouteTarget = { readonly function: IFunction } | ContainerService;
