import { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import {
  Cluster,
  ContainerInsights,
  FargateService,
  FargateTaskDefinition,
  LogDriver,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { type NetworkListener, NetworkLoadBalancer, Protocol } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Trigger } from '../../../functions/triggers.ts';
import { environmentOf, type StackContext } from '../function-environment-and-network.ts';
import { FUNCTIONS_ARCHITECTURE, functionsImage } from './functions-container-image.ts';
import { grantUses } from './grant-function-permissions.ts';
import type { ContainerService } from './route-target-types.ts';

const CPU_UNITS = 1_024;
const PORT = 8_080;
const HEALTH = '/health';
const BUSY_PERCENT = 60;
/** Time for which a stopping container may finish its open requests. */
const DRAIN = Duration.seconds(30);

interface ServingContext extends StackContext {
  /** Folder with `workspace/seams.json`. */
  readonly root: string;
}

/** Runs a route's handler in containers: the server of functions/recommendation/serve behind an internal load balancer. */
export class ServingContainers extends Construct implements ContainerService {
  readonly vpc: IVpc;
  readonly subnets: ISubnet[];
  readonly securityGroups: ISecurityGroup[];
  readonly loadBalancer: NetworkLoadBalancer;
  readonly listener: NetworkListener;

  constructor(scope: Construct, id: string, { uses }: Trigger, context: ServingContext) {
    super(scope, id);
    this.vpc = context.shared.jobs;
    this.subnets = this.vpc.isolatedSubnets;
    this.securityGroups = [context.shared.securityGroup];
    const service = this.service(this.task(uses, context), context);
    this.loadBalancer = new NetworkLoadBalancer(this, 'Balancer', {
      vpc: this.vpc,
      vpcSubnets: { subnets: this.subnets },
      securityGroups: this.securityGroups,
      internetFacing: false,
      crossZoneEnabled: true,
      deletionProtection: context.profile.deletionProtection,
      // Traffic from the API's private link has no security group.
      enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: false,
    });
    this.listener = this.loadBalancer.addListener('Http', { port: PORT });
    this.listener.addTargets('Tasks', {
      port: PORT,
      targets: [service],
      deregistrationDelay: DRAIN,
      healthCheck: { protocol: Protocol.HTTP, path: HEALTH },
    });
  }

  private task(uses: Trigger['uses'], context: ServingContext): FargateTaskDefinition {
    const { serving, logRetention: retention, removal: removalPolicy } = context.profile;
    const task = new FargateTaskDefinition(this, 'Task', {
      cpu: serving.tasks.vcpus * CPU_UNITS,
      memoryLimitMiB: serving.tasks.memoryMb,
      runtimePlatform: { cpuArchitecture: FUNCTIONS_ARCHITECTURE, operatingSystemFamily: OperatingSystemFamily.LINUX },
    });
    grantUses(task.taskRole, uses, context);
    const logGroup = new LogGroup(this, 'Logs', { retention, removalPolicy });
    const container = task.addContainer('serve', {
      image: functionsImage(context.root),
      command: ['functions/recommendation/serve/index.ts'],
      environment: environmentOf(uses, context),
      logging: LogDriver.awsLogs({ logGroup, streamPrefix: 'serve' }),
      portMappings: [{ containerPort: PORT }],
      readonlyRootFilesystem: true,
      stopTimeout: DRAIN,
    });
    // The container's only writable path.
    task.addVolume({ name: 'tmp' });
    container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false });
    return task;
  }

  private service(taskDefinition: FargateTaskDefinition, { profile }: StackContext): FargateService {
    const { tasks } = profile.serving;
    const cluster = new Cluster(this, 'Cluster', { vpc: this.vpc, containerInsightsV2: ContainerInsights.ENABLED });
    const service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition,
      desiredCount: tasks.min,
      minHealthyPercent: 100,
      vpcSubnets: { subnets: this.subnets },
      securityGroups: this.securityGroups,
      assignPublicIp: profile.jobs === 'public',
      // Rolls back a version whose containers stay unhealthy.
      circuitBreaker: { rollback: true },
    });
    const scaling = service.autoScaleTaskCount({ minCapacity: tasks.min, maxCapacity: tasks.max });
    scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: BUSY_PERCENT });
    return service;
  }
}
