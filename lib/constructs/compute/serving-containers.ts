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
import { environmentOf, type World } from '../function-environment.ts';
import { BRICKS_ARCHITECTURE, bricksImage } from './container-image.ts';
import { grantUses } from './function-permissions.ts';
import type { ContainerService } from './route-target.ts';

const CPU_UNITS = 1_024;
const PORT = 8_080;
const HEALTH = '/health';
const BUSY_PERCENT = 60;
/** Until a container that goes has answered what it was asked. */
const DRAIN = Duration.seconds(30);

/** The handler of a route in containers: the server of functions/recommendation/serve behind a load balancer in the network. */
export class ServingContainers extends Construct implements ContainerService {
  readonly vpc: IVpc;
  readonly subnets: ISubnet[];
  readonly securityGroups: ISecurityGroup[];
  readonly loadBalancer: NetworkLoadBalancer;
  readonly listener: NetworkListener;

  constructor(scope: Construct, id: string, { uses }: Trigger, world: World) {
    super(scope, id);
    this.vpc = world.shared.jobs;
    this.subnets = this.vpc.isolatedSubnets;
    this.securityGroups = [world.shared.securityGroup];
    const service = this.service(this.task(uses, world), world);
    this.loadBalancer = new NetworkLoadBalancer(this, 'Balancer', {
      vpc: this.vpc,
      vpcSubnets: { subnets: this.subnets },
      securityGroups: this.securityGroups,
      internetFacing: false,
      crossZoneEnabled: true,
      deletionProtection: world.profile.deletionProtection,
      // What comes through the API's own link has no security group.
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

  private task(uses: Trigger['uses'], world: World): FargateTaskDefinition {
    const { serving, logRetention: retention, removal: removalPolicy } = world.profile;
    const task = new FargateTaskDefinition(this, 'Task', {
      cpu: serving.tasks.vcpus * CPU_UNITS,
      memoryLimitMiB: serving.tasks.memoryMb,
      runtimePlatform: { cpuArchitecture: BRICKS_ARCHITECTURE, operatingSystemFamily: OperatingSystemFamily.LINUX },
    });
    grantUses(task.taskRole, uses, world);
    const logGroup = new LogGroup(this, 'Logs', { retention, removalPolicy });
    const container = task.addContainer('serve', {
      image: bricksImage(),
      command: ['functions/recommendation/serve/index.ts'],
      environment: environmentOf(uses, world),
      logging: LogDriver.awsLogs({ logGroup, streamPrefix: 'serve' }),
      portMappings: [{ containerPort: PORT }],
      readonlyRootFilesystem: true,
      stopTimeout: DRAIN,
    });
    // The only place that it may write to.
    task.addVolume({ name: 'tmp' });
    container.addMountPoints({ sourceVolume: 'tmp', containerPath: '/tmp', readOnly: false });
    return task;
  }

  private service(taskDefinition: FargateTaskDefinition, { profile }: World): FargateService {
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
      // A version whose containers do not get healthy is taken back.
      circuitBreaker: { rollback: true },
    });
    const scaling = service.autoScaleTaskCount({ minCapacity: tasks.min, maxCapacity: tasks.max });
    scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: BUSY_PERCENT });
    return service;
  }
}
