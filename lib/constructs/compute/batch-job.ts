import { type Duration, Size } from 'aws-cdk-lib';
import {
  Action,
  EcsEc2ContainerDefinition,
  EcsFargateContainerDefinition,
  EcsJobDefinition,
  FargateComputeEnvironment,
  type IManagedComputeEnvironment,
  JobQueue,
  ManagedEc2EcsComputeEnvironment,
  Reason,
  RetryStrategy,
} from 'aws-cdk-lib/aws-batch';
import { InstanceClass } from 'aws-cdk-lib/aws-ec2';
import { type ContainerImage, type CpuArchitecture, LogDriver } from 'aws-cdk-lib/aws-ecs';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { StackContext } from '../function-environment-and-network.ts';

/** Disk space for the image and a run's data. It is deleted when the job ends. */
const DISK = Size.gibibytes(40);
/**
 * Maximum attempts of a job. Each reclaimed Spot machine costs one attempt and at most one epoch of work; errors of the program
 * itself are not retried.
 */
const ATTEMPTS = 5;
const RETRY = [
  RetryStrategy.of(Action.RETRY, Reason.SPOT_INSTANCE_RECLAIMED),
  RetryStrategy.of(Action.RETRY, Reason.custom({ onStatusReason: 'Your Spot Task was interrupted*' })),
  RetryStrategy.of(Action.RETRY, Reason.CANNOT_PULL_CONTAINER),
  RetryStrategy.of(Action.EXIT, Reason.custom({ onReason: '*' })),
];

export interface ContainerJob {
  readonly image: ContainerImage;
  readonly architecture: CpuArchitecture;
  /** Command of the container. Batch replaces `Ref::name` by the job parameter `name`. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly size: { readonly vcpus: number; readonly memoryMb: number; readonly gpus?: number; readonly spot?: boolean };
  readonly timeout: Duration;
}

/** An AWS Batch queue with one kind of job. Machines run, and cost money, only while a job runs. */
export class BatchJob extends Construct {
  readonly queueArn: string;
  readonly jobArn: string;
  /** IAM role of the job's container. */
  readonly role: IRole;

  constructor(scope: Construct, id: string, job: ContainerJob, context: StackContext) {
    super(scope, id);
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    const computeEnvironment = this.machines(job.size, context);
    this.queueArn = new JobQueue(this, 'Queue', {
      computeEnvironments: [{ computeEnvironment, order: 1 }],
    }).jobQueueArn;
    this.jobArn = new EcsJobDefinition(this, 'Job', {
      container: this.container(job, context),
      timeout: job.timeout,
      retryAttempts: ATTEMPTS,
      retryStrategies: RETRY,
    }).jobDefinitionArn;
  }

  private machines(
    { vcpus, gpus, spot = false }: ContainerJob['size'],
    { shared }: StackContext,
  ): IManagedComputeEnvironment {
    const standing = {
      vpc: shared.jobs,
      vpcSubnets: { subnets: shared.jobs.isolatedSubnets },
      securityGroups: [shared.securityGroup],
      spot,
      maxvCpus: vcpus,
    };
    if (!gpus) return new FargateComputeEnvironment(this, 'Machines', standing);
    return new ManagedEc2EcsComputeEnvironment(this, 'Machines', {
      ...standing,
      // The instance types that Batch chooses by default have no GPU.
      useOptimalInstanceClasses: false,
      instanceClasses: [InstanceClass.G5, InstanceClass.G6],
      minvCpus: 0,
    });
  }

  private container({ size, command, architecture, ...job }: ContainerJob, { profile }: StackContext) {
    const { logRetention: retention, removal: removalPolicy, jobs } = profile;
    const logGroup = new LogGroup(this, 'Logs', { retention, removalPolicy });
    const common = {
      ...job,
      command: [...command],
      jobRole: this.role,
      cpu: size.vcpus,
      memory: Size.mebibytes(size.memoryMb),
      logging: LogDriver.awsLogs({ logGroup, streamPrefix: 'job' }),
    };
    return size.gpus
      ? new EcsEc2ContainerDefinition(this, 'Container', { ...common, gpu: size.gpus })
      : new EcsFargateContainerDefinition(this, 'Container', {
          ...common,
          assignPublicIp: jobs === 'public',
          ephemeralStorageSize: DISK,
          fargateCpuArchitecture: architecture,
        });
  }
}
