import type { Construct } from 'constructs';
import { BrickStack, type BrickStackProps } from '../constructs/brick-stack.ts';

/** 01: the API that takes events in, and the archiver that turns the log into Parquet. */
export class DataCollectionStack extends BrickStack {
  constructor(scope: Construct, id: string, props: BrickStackProps) {
    super(scope, id, 'data-collection', props);
  }
}
