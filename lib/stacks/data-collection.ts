import type { Construct } from 'constructs';
import { BrickStack, type BrickStackProps } from '../constructs/brick-stack.ts';

/** Brick 01: the API that ingests events, and the archiver that writes the event log to Parquet. */
export class DataCollectionStack extends BrickStack {
  constructor(scope: Construct, id: string, props: BrickStackProps) {
    super(scope, id, 'data-collection', props);
  }
}
