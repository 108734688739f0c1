import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { triggers } from '../../functions/triggers.ts';
import { BrickStack, type BrickStackProps } from '../constructs/brick-stack.ts';
import { BatchJob } from '../constructs/compute/batch-job.ts';
import { FUNCTIONS_ARCHITECTURE, functionsImage } from '../constructs/compute/functions-container-image.ts';
import { grantUses } from '../constructs/compute/grant-function-permissions.ts';
import { environmentOf } from '../constructs/function-environment-and-network.ts';

const TIMEOUT = Duration.hours(1);

/**
 * Brick 02: the functions that compute online and offline features, and a container for offline features of large data.
 */
export class FeatureEngineeringStack extends BrickStack {
  constructor(scope: Construct, id: string, props: BrickStackProps) {
    super(scope, id, 'feature-engineering', props);
    if (props.profile.features.on === 'container') this.container();
  }

  /** Creates the job that computes features in a container, without the limits of a function. */
  private container(): void {
    const { uses } = triggers['build-features'];
    const job = new BatchJob(
      this,
      'BuildFeaturesJob',
      {
        image: functionsImage(this.root),
        architecture: FUNCTIONS_ARCHITECTURE,
        command: [
          'functions/feature-engineering/build-features/job.ts',
          ...['--run-id', 'Ref::runId', '--as-of', 'Ref::asOf'],
        ],
        environment: environmentOf(uses, this),
        size: this.profile.features,
        timeout: TIMEOUT,
      },
      this,
    );
    grantUses(job.role, uses, this);
    this.shareJob('features', job);
  }
}
