import { weeklyCalls } from '../../../localstack/embedded/host/learner-code/count-weekly-failures-until-reference-replaces.ts';
import { compareTrainingSets } from '../../../localstack/embedded/studies/live-training/count-future-values-and-measure-auc.ts';
import type { LivePorts } from '../../../stories/academy/judging/live-check-types-and-reports.ts';
import type { TrainingCities } from '../../../stories/academy/judging/training-city-types.ts';
import { cityWithModel, compareExport } from './compare-slates-of-exports.ts';
import { computeWithLearnersQuery } from './compute-labelled-features.ts';

type InEmptyFolder = <T>(work: (folder: string) => Promise<T>) => Promise<T>;

/** Returns the cities from whose logs training sets are computed. The learner's query runs in confined processes. */
export const trainingCities = (inEmptyFolder: InEmptyFolder, onProgress: LivePorts['onProgress']): TrainingCities => ({
  runTrainingSets: async ({ file, ...size }) => {
    const calls = weeklyCalls('labelled-features.sql', () => undefined);
    const compute = computeWithLearnersQuery(file, calls.count);
    const compared = await inEmptyFolder((folder) => compareTrainingSets(size, folder, compute, onProgress));
    return { ...compared, code: calls.status() };
  },
  runExportedModel: ({ file, ...size }) =>
    inEmptyFolder(async (folder) => compareExport(await cityWithModel(size, folder, onProgress), file, onProgress)),
});
