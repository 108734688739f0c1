import { join } from 'node:path';
import { Duration, Size } from 'aws-cdk-lib';
import {
  EcsEc2ContainerDefinition,
  EcsJobDefinition,
  JobQueue,
  ManagedEc2EcsComputeEnvironment,
} from 'aws-cdk-lib/aws-batch';
import { InstanceClass, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage, LogDriver } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { BrickStack, type BrickStackProps } from '../constructs/brick-stack.ts';
import type { Profile } from '../profiles.ts';

const TRAINER = join(import.meta.dirname, '../../functions/model-training/trainer');
const TIMEOUT = Duration.hours(2);
const ATTEMPTS = 2;

/** SSM parameters that the state machine reads. */
export const TRAINER_QUEUE = '/agentbricks/trainer-queue';
export const TRAINER_JOB = '/agentbricks/trainer-job';

/** 03: the trainer's container on AWS Batch, which starts machines for a run and stops them after it; and its evaluation. */
export class ModelTrainingStack extends BrickStack {
  constructor(scope: Construct, id: string, props: BrickStackProps) {
    super(scope, id, 'model-training', props);
    const { vpc, securityGroup } = this.shared;
    const { training } = props.profile;
    const environment = new ManagedEc2EcsComputeEnvironment(this, 'Machines', {
      vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      securityGroups: [securityGroup],
      ...machinesFor(training),
      spot: training.spot,
      minvCpus: 0,
      maxvCpus: training.vcpus,
    });
    const queue = new JobQueue(this, 'Queue', { computeEnvironments: [{ computeEnvironment: environment, order: 1 }] });
    const job = this.job(props);
    new StringParameter(this, 'QueueArn', { parameterName: TRAINER_QUEUE, stringValue: queue.jobQueueArn });
    new StringParameter(this, 'JobArn', { parameterName: TRAINER_JOB, stringValue: job.jobDefinitionArn });
    // `cdk deploy -c mlflow=https://…`: the function that registers a model tells MLflow of it too.
    const mlflow: unknown = this.node.tryGetContext('mlflow');
    if (typeof mlflow === 'string') this.functions.get('evaluate')?.addEnvironment('MLFLOW_TRACKING_URI', mlflow);
  }

  private job({ profile: { training, logRetention, removal } }: BrickStackProps): EcsJobDefinition {
    const logGroup = new LogGroup(this, 'TrainerLogs', { retention: logRetention, removalPolicy: removal });
    const container = new EcsEc2ContainerDefinition(this, 'Trainer', {
      image: ContainerImage.fromAsset(TRAINER, { platform: Platform.LINUX_AMD64 }),
      jobRole: this.jobRole(),
      cpu: training.vcpus,
      memory: Size.mebibytes(training.memoryMb),
      ...(training.gpus > 0 ? { gpu: training.gpus } : {}),
      logging: LogDriver.awsLogs({ logGroup, streamPrefix: 'trainer' }),
      command: ['job', '--run-id', 'Ref::runId', '--seed', 'Ref::seed', '--leave-one-out', 'Ref::leaveOneOut'],
      environment: {
        LAKE_BUCKET: this.shared.bucket('lake').bucketName,
        MODELS_BUCKET: this.shared.bucket('models').bucketName,
        REGISTRY_TABLE: this.shared.table('registry').tableName,
      },
    });
    return new EcsJobDefinition(this, 'Job', { container, timeout: TIMEOUT, retryAttempts: ATTEMPTS });
  }

  /** What functions/model-training/trainer/agentbricks_trainer/cloud.py does: the run in the lake, the champion to compare with. */
  private jobRole(): Role {
    const role = new Role(this, 'TrainerRole', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
    const [lake, models] = [this.shared.bucket('lake'), this.shared.bucket('models')];
    const allow = (actions: string[], resource: string) =>
      role.addToPolicy(new PolicyStatement({ actions, resources: [resource] }));
    allow(['s3:ListBucket'], lake.bucketArn);
    allow(['s3:GetObject', 's3:PutObject'], lake.arnForObjects('runs/*'));
    allow(['s3:GetObject'], models.arnForObjects('models/*'));
    allow(['dynamodb:GetItem'], this.shared.table('registry').tableArn);
    return role;
  }
}

/** Batch's own choice of machines has none with a GPU. */
const machinesFor = ({ gpus }: Profile['training']) =>
  gpus > 0 ? { useOptimalInstanceClasses: false, instanceClasses: [InstanceClass.G5, InstanceClass.G6] } : {};
