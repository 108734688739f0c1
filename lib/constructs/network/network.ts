import { Fn } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  type ISubnet,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Profile } from '../../deployment-profiles.ts';

const { ECR, ECR_DOCKER, CLOUDWATCH_LOGS, ECS, ECS_AGENT, ECS_TELEMETRY, APIGATEWAY, SECRETS_MANAGER } =
  InterfaceVpcEndpointAwsService;
/** Ports of Kafka with IAM, Valkey, the VPC endpoints, and the server of functions/recommendation/serve. */
const PORTS = { kafka: 9098, cache: 6379, https: 443, serve: 8080 };

/**
 * Interface endpoints, each with the condition under which a profile needs it, because they are billed by hour and
 * zone. Functions that call no private API need none of them: Lambda delivers their logs and traces, gateways for S3
 * and DynamoDB are free, tokens for Kafka and the cache are signed locally, and provisioned pollers invoke functions
 * outside the network.
 */
const ENDPOINTS = [
  { name: 'ECR', service: ECR, for: containers },
  { name: 'ECR_DOCKER', service: ECR_DOCKER, for: containers },
  { name: 'CLOUDWATCH_LOGS', service: CLOUDWATCH_LOGS, for: containers },
  { name: 'ECS', service: ECS, for: machines },
  { name: 'ECS_AGENT', service: ECS_AGENT, for: machines },
  { name: 'ECS_TELEMETRY', service: ECS_TELEMETRY, for: machines },
  { name: 'APIGATEWAY', service: APIGATEWAY, for: callers },
  { name: 'SECRETS_MANAGER', service: SECRETS_MANAGER, for: keyHolders },
] as const;

/**
 * Returns whether containers run in isolated subnets. They fetch their image and write their log through endpoints.
 */
function containers({ jobs }: Profile): boolean {
  return jobs === 'closed';
}

/** Returns whether GPU machines run in isolated subnets. Their ECS agent polls for tasks through endpoints. */
function machines({ jobs, training }: Profile): boolean {
  return jobs === 'closed' && training.gpus > 0;
}

/** Returns whether the API is private and therefore reachable only through an endpoint. */
function callers({ api }: Profile): boolean {
  return api.private;
}

/** Returns whether the universe reads its API key inside the VPC, where it runs to call a private API. */
function keyHolders({ api }: Profile): boolean {
  return api.private && api.auth === 'key';
}

/** A VPC without NAT. In the learner profile, jobs run in public subnets that accept no inbound traffic, which is free. */
export class Network extends Construct {
  readonly vpc: Vpc;
  /** Security group whose members may connect to each other. */
  readonly members: SecurityGroup;
  /** Subnets of the event log, the cache and the functions that use them. */
  readonly inside: ISubnet[];
  /** Subnets of containers. */
  readonly jobs: ISubnet[];
  /** VPC endpoint of the private API. */
  readonly apiEndpoint?: string;

  constructor(scope: Construct, id: string, profile: Profile) {
    super(scope, id);
    this.vpc = this.network(profile);
    this.inside = this.vpc.isolatedSubnets;
    this.jobs = profile.jobs === 'public' ? this.vpc.publicSubnets : this.inside;
    this.members = new SecurityGroup(this, 'Members', { vpc: this.vpc, allowAllOutbound: true });
    for (const port of Object.values(PORTS)) {
      this.members.addIngressRule(this.members, Port.tcp(port), 'between members');
    }
    for (const { name, service } of ENDPOINTS.filter((endpoint) => endpoint.for(profile))) {
      const made = this.vpc.addInterfaceEndpoint(name, { service, open: false, securityGroups: [this.members] });
      if (service === APIGATEWAY) this.apiEndpoint = made.vpcEndpointId;
    }
  }

  private network({ zones, logRetention, removal, jobs, training }: Profile): Vpc {
    const vpc = new Vpc(this, 'Vpc', {
      // Selected by index, because CDK assumes only two zones if the stack has no account.
      availabilityZones: Array.from({ length: zones }, (_, i) => Fn.select(i, Fn.getAzs())),
      natGateways: 0,
      restrictDefaultSecurityGroup: true,
      subnetConfiguration: [
        { name: 'inside', subnetType: SubnetType.PRIVATE_ISOLATED },
        // Fargate tasks request their own public address; GPU machines get one from their subnet.
        ...(jobs === 'public'
          ? [{ name: 'jobs', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: training.gpus > 0 } as const]
          : []),
      ],
    });
    vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 });
    vpc.addGatewayEndpoint('DynamoDb', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    const flows = new LogGroup(this, 'Flows', { retention: logRetention, removalPolicy: removal });
    vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(flows) });
    return vpc;
  }
}
