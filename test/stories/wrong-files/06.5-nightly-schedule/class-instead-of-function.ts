import { Construct } from 'constructs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';

export class nightly extends Construct {
  constructor(backfill: IStateMachine) {
    super(backfill, 'Nightly');
  }
}
