import type { BatchSeams } from '#domain/events/all-bricks-seam-types.ts';
import type { FunctionStatus } from '../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';

type OnStatus = (status: FunctionStatus) => void;

/** A learner's file in use: what the runtime calls in place of the reference, and the counts of these calls. */
export interface StartedSeam extends Disposable {
  readonly seams: Partial<BatchSeams>;
  readonly status: () => FunctionStatus;
}

/** How a city runs the learner's file of a seam. */
export interface CitySeam {
  /** The seam in messages for people. */
  readonly label: string;
  /** What happens to each failed call, as a sentence. */
  readonly afterFailure: string;
  /** @throws SeamUnusable if the file cannot be loaded */
  readonly start: (file: string, onStatus: OnStatus) => Promise<StartedSeam>;
}
