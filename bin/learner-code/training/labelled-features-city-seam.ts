import { accessSync, constants } from 'node:fs';
import { FIX_THE_FILE, SeamUnusable } from '#adapters/composition/read-and-watch-seams-json.ts';
import { weeklyCalls } from '../../../localstack/embedded/host/learner-code/count-weekly-failures-until-reference-replaces.ts';
import type { CitySeam } from '../city-seam-types.ts';
import { computeWithLearnersQuery } from './compute-labelled-features.ts';

const NAME = 'labelled-features.sql';

/** Step 02.2: the weekly retraining of a city uses the training set that the learner's query returns. */
export const LABELLED_FEATURES_SEAM: CitySeam = {
  label: NAME,
  afterFailure: 'The reference implementation computes this training set.',
  start: async (file, onStatus) => {
    mustBeReadable(file);
    const calls = weeklyCalls(NAME, onStatus);
    const compute = computeWithLearnersQuery(file, calls.count);
    return {
      seams: { computeLabelledFeatures: async (input) => (calls.isOver() ? undefined : compute(input)) },
      status: calls.status,
      // A query in progress is not stopped, and its training set is used, because the run began with this file.
      [Symbol.dispose]: () => {},
    };
  },
};

/** @throws SeamUnusable */
export function mustBeReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    throw new SeamUnusable(file, `it cannot be read (${(cause as Error).message})`, FIX_THE_FILE, { cause });
  }
}
