import type { SeamName } from '#adapters/composition/read-and-watch-seams-json.ts';
import type { BatchSeams } from '#domain/events/all-bricks-seam-types.ts';
import { validateEvent } from '../../functions/data-collection/validate-event.ts';
import { collectWithLearnersCode } from '../../localstack/embedded/host/learner-code/collect-with-learners-code.ts';
import { exploreWithLearnersCode } from '../../localstack/embedded/host/learner-code/explore-with-learners-code.ts';
import type { FunctionStatus } from '../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';
import { validateWithLearnersCode } from '../../localstack/embedded/host/learner-code/validate-with-learners-code.ts';
import type { CitySeam, StartedSeam } from './city-seam-types.ts';
import { RULES_SEAM } from './definitions-and-rules/rules-city-seam.ts';
import { PIPELINE_SEAM } from './definitions-and-rules/use-learners-pipeline-in-city.ts';
import { startContainedCollector } from './start-collector-in-confined-process.ts';
import { startContainedFunction } from './start-function-in-confined-process.ts';
import { LABELLED_FEATURES_SEAM } from './training/labelled-features-city-seam.ts';
import { exportSeam } from './training/model-export-city-seam.ts';

/** The seams that a city can run, by name. Only `cdk synth` uses the files of the others. */
export const CITY_SEAMS: Readonly<Partial<Record<SeamName, CitySeam>>> = {
  'validate-event': {
    label: 'validateEvent',
    afterFailure: 'Failed events become dead letters (validator_failed).',
    start: async (file, onStatus) => {
      const contained = await startContainedFunction(file, 'validateEvent');
      const learners = validateWithLearnersCode(contained, validateEvent, onStatus);
      return started({ validateEvents: learners.validateEvents }, learners);
    },
  },
  'collect-events': {
    label: 'collectEvents',
    afterFailure: 'The reference implementation collects these batches.',
    start: async (file, onStatus) => {
      const learners = collectWithLearnersCode(await startContainedCollector(file), onStatus);
      return started({ collectOutside: learners.collectOutside }, learners);
    },
  },
  explore: {
    label: 'explore',
    afterFailure: 'The reference implementation explores these slates.',
    start: async (file, onStatus) => {
      const contained = await startContainedFunction(file, 'explore', 'exploreList');
      const learners = exploreWithLearnersCode(contained, onStatus);
      return started({ exploreSlate: learners.exploreSlate }, learners);
    },
  },
  pipeline: PIPELINE_SEAM,
  'rules.yml': RULES_SEAM,
  'labelled-features.sql': LABELLED_FEATURES_SEAM,
  export: exportSeam(),
};

const started = (seams: Partial<BatchSeams>, learners: Disposable & Pick<StartedSeam, 'status'>): StartedSeam => ({
  seams,
  status: learners.status,
  [Symbol.dispose]: () => learners[Symbol.dispose](),
});

export interface StartedSeams extends Disposable {
  readonly seams: Partial<BatchSeams>;
  readonly counts: () => readonly FunctionStatus[];
}

/** Starts several learner's files, by seam. @throws SeamUnusable if one of them cannot be loaded */
export async function startLearnersSeams(files: Readonly<Partial<Record<SeamName, string>>>): Promise<StartedSeams> {
  const all: StartedSeam[] = [];
  const dispose = () => all.forEach((each) => void each[Symbol.dispose]());
  try {
    for (const [name, file] of Object.entries(files)) {
      const seam = CITY_SEAMS[name as SeamName];
      if (seam) all.push(await seam.start(file, () => undefined));
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return {
    seams: Object.assign({}, ...all.map(({ seams }) => seams)) as Partial<BatchSeams>,
    counts: () => all.map(({ status }) => status()),
    [Symbol.dispose]: dispose,
  };
}
