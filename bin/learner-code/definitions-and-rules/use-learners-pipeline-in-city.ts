import { interpretWithLearnersPipeline } from '../../../localstack/embedded/host/learner-code/interpret-with-learners-pipeline.ts';
import type { CitySeam } from '../city-seam-types.ts';
import { interpretLearnersPipeline } from './interpret-learners-pipeline.ts';

/** Step 06.1: the city interprets its weekly runs with the learner's definition. */
export const PIPELINE_SEAM: CitySeam = {
  label: 'pipeline.asl.json',
  afterFailure: 'The run is made again with the reference implementation.',
  start: async (file, onStatus) => {
    const learners = interpretWithLearnersPipeline(await interpretLearnersPipeline(file), onStatus);
    return {
      seams: { interpretPipeline: learners.interpretPipeline },
      status: learners.status,
      [Symbol.dispose]: () => learners[Symbol.dispose](),
    };
  },
};
