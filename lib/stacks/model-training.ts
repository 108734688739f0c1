import { Duration } from 'aws-cdk-lib';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage, CpuArchitecture } from 'aws-cdk-lib/aws-ecs';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { BrickStack, type BrickStackProps } from '../constructs/brick-stack.ts';
import { BatchJob } from '../constructs/compute/batch-job.ts';
import { grantKey } from '../constructs/compute/grant-function-permissions.ts';
import { trainerContext } from '../constructs/compute/stage-learners-code-in-images.ts';

const TIMEOUT = Duration.hours(2);

/**
 * Brick 03: the trainer's container on AWS Batch, which starts machines for a run and stops them afterwards, and the
 * function that evaluates its models.
 */
export class ModelTrainingStack extends BrickStack {
  constructor(scope: Construct, id: string, props: BrickStackProps) {
    super(scope, id, 'model-training', props);
    const trainer = new BatchJob(
      this,
      'Trainer',
      {
        image: ContainerImage.fromAsset(trainerContext(this.root), { platform: Platform.LINUX_AMD64 }),
        architecture: CpuArchitecture.X86_64,
        command: ['job', '--run-id', 'Ref::runId', '--seed', 'Ref::seed', '--leave-one-out', 'Ref::leaveOneOut'],
        environment: {
          LAKE_BUCKET: this.shared.bucket('lake').bucketName,
          MODELS_BUCKET: this.shared.bucket('models').bucketName,
          REGISTRY_TABLE: this.shared.table('registry').tableName,
        },
        size: props.profile.training,
        timeout: TIMEOUT,
      },
      this,
    );
    this.grantTrainer(trainer.role);
    this.shareJob('trainer', trainer);
    // With `cdk deploy -c mlflow=https://…`, the function that registers a model also reports it to MLflow.
    const mlflow: unknown = this.node.tryGetContext('mlflow');
    if (typeof mlflow === 'string') this.functions.get('evaluate')?.addEnvironment('MLFLOW_TRACKING_URI', mlflow);
  }

  /** Grants what agentbricks_trainer/export/fetch_run_and_store_model.py needs: the run's files in the lake, and the champion for comparison. */
  private grantTrainer(role: IRole): void {
    const [lake, models] = [this.shared.bucket('lake'), this.shared.bucket('models')];
    const allow = (actions: string[], resource: string) =>
      role.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [resource] }));
    allow(['s3:ListBucket'], lake.bucketArn);
    allow(['s3:GetObject', 's3:PutObject'], lake.arnForObjects('runs/*'));
    allow(['s3:GetObject'], models.arnForObjects('models/*'));
    allow(['dynamodb:GetItem'], this.shared.table('registry').tableArn);
    grantKey(role, this.shared);
  }
}
