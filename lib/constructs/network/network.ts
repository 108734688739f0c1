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
import type { Profile } from '../../profiles.ts';

const { ECR, ECR_DOCKER, CLOUDWATCH_LOGS, ECS, ECS_AGENT, ECS_TELEMETRY, APIGATEWAY, SECRETS_MANAGER } =
  InterfaceVpcEndpointAwsService;
/** Kafka with IAM, Valkey, endpoints, and the server of functions/recommendation/serve. */
const PORTS = { kafka: 9098, cache: 6379, https: 443, serve: 8080 };

/**
 * Interface endpoints cost by the hour and zone, so each names who needs it. Functions need none: their logs and traces leave
 * through Lambda, S3 and DynamoDB have gateways that cost nothing, tokens for Kafka and the cache are signed without a request,
 * and provisioned pollers call their function without the network.
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

/** Containers in closed subnets fetch their image and write their log. */
function containers({ jobs }: Profile): boolean {
  return jobs === 'closed';
}

/** The agent of ECS on a machine with a GPU asks what to run. */
function machines({ jobs, training }: Profile): boolean {
  return jobs === 'closed' && training.gpus > 0;
}

/** A private API is reached here and nowhere else. */
function callers({ api }: Profile): boolean {
  return api.private;
}

/** The universe stands inside to call a private API, and reads its key there. */
function keyHolders({ api }: Profile): boolean {
  return api.private && api.auth === 'key';
}

/** A network without NAT. The learner's jobs run in subnets with a way out and no way in, which cost nothing. */
export class Network extends Construct {
  readonly vpc: Vpc;
  /** All that stands in the network may talk to one another. */
  readonly members: SecurityGroup;
  /** Of the event log, the cache and the functions that use them. */
  readonly inside: ISubnet[];
  /** Of containers. */
  readonly jobs: ISubnet[];
  /** Of the private API. */
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
      // By number: without an account CDK knows of two zones only.
      availabilityZones: Array.from({ length: zones }, (_, i) => Fn.select(i, Fn.getAzs())),
      natGateways: 0,
      restrictDefaultSecurityGroup: true,
      subnetConfiguration: [
        { name: 'inside', subnetType: SubnetType.PRIVATE_ISOLATED },
        // A task on Fargate asks for its address itself; a machine with a GPU has the one that its subnet gives.
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
