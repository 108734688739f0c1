import { weeklyCalls } from '../../../localstack/embedded/host/learner-code/count-weekly-failures-until-reference-replaces.ts';
import type { CitySeam } from '../city-seam-types.ts';
import { mustBeReadable } from './labelled-features-city-seam.ts';
import { TRAINING_LIMITS, trainConfined } from './run-confined-trainer.ts';

const NAME = 'export';

/** Step 03.6: the weekly retraining of a city exports its model with the learner's module. */
export const exportSeam = (limits = TRAINING_LIMITS): CitySeam => ({
  label: 'export.py',
  afterFailure: 'The reference implementation trains this model.',
  start: async (file, onStatus) => {
    mustBeReadable(file);
    const calls = weeklyCalls(NAME, onStatus);
    return {
      seams: {
        trainOutside: async (run) => {
          if (calls.isOver()) return undefined;
          const trained = await trainConfined({ [NAME]: file }, run, limits);
          calls.count('failure' in trained ? trained.failure : undefined);
          return 'files' in trained ? trained.files : undefined;
        },
      },
      status: calls.status,
      // A training in progress is not stopped, and its model is used, because the run began with this file.
      [Symbol.dispose]: () => {},
    };
  },
});
