import { SECOND } from '#domain/core/time.ts';
import { interpretWithLearnersPipeline } from '../../../localstack/embedded/host/learner-code/interpret-with-learners-pipeline.ts';
import { runLivePipelines } from '../../../localstack/embedded/studies/live-city/run-learners-pipeline-in-failing-nights.ts';
import type {
  PipelineAndAlertCities,
  PipelineFigures,
  PipelineRequest,
} from '../../../stories/academy/judging/pipeline-and-alert-figure-types.ts';
import type { Answer } from '../../../stories/academy/runners/asl/protocol.ts';
import { runScenarios } from '../../../stories/academy/runners/asl/run-scenarios.ts';
import { fixtureModel } from '../../parity/fixture-model.ts';
import { evaluateExpression, type InFolder, runAlerts } from './compare-alerts-on-broken-city.ts';
import { interpretLearnersPipeline, PIPELINE_TASKS, readLearnersPipeline } from './interpret-learners-pipeline.ts';

type Progress = (line: string) => void;

/** @param inFolder calls its argument with a new, empty folder */
export const pipelineAndAlertCities = (inFolder: InFolder, onProgress: Progress): PipelineAndAlertCities => ({
  runPipelines: (request) => runPipelines(request, inFolder, onProgress),
  runAlerts: (request) => runAlerts(request, inFolder, onProgress),
  ...{ countIgnoredFailures, evaluateExpression },
});

async function runPipelines(
  { file, ...request }: PipelineRequest,
  inFolder: InFolder,
  onProgress: Progress,
): Promise<PipelineFigures> {
  const size = { ...request, model: fixtureModel() };
  // All runs use the learner's definition, even after three runs that it broke.
  const contained = await interpretLearnersPipeline(file);
  let lastFailure: string | undefined;
  const learners = () => interpretWithLearnersPipeline(contained, (status) => (lastFailure ??= status.lastFailure));
  const of = (whose: string) => (night: string) => onProgress(`${whose}: ${night}`);
  const seams = { interpretPipeline: (run: Parameters<typeof contained>[0]) => learners().interpretPipeline(run) };
  const [yours, reference] = await Promise.all([
    inFolder((folder) => runLivePipelines(size, folder, seams, of('your pipeline'))),
    inFolder((folder) => runLivePipelines(size, folder, {}, of('the reference'))),
  ]);
  return { yours, reference, ...(lastFailure !== undefined && { lastFailure }) };
}

async function countIgnoredFailures(file: string): Promise<number> {
  const definition = await readLearnersPipeline(file);
  const value = { caughtUp: true, version: 'v', promote: true, reason: 'a test', champion: null, JobId: 'job' };
  const names = Object.keys(PIPELINE_TASKS);
  const answer = (isFailing: boolean): Answer =>
    isFailing
      ? { kind: 'error', error: 'BRICK_TEST', cause: 'a test', afterMs: SECOND }
      : { kind: 'result', value, afterMs: SECOND };
  const scenarios = names.map((failing) => ({
    ...{ name: `${failing}-fails`, needs: {}, input: { runId: 'run-1', asOf: 1, seed: 1, leaveOneOut: false } },
    answers: Object.fromEntries(names.map((name) => [name, [answer(name === failing)]])),
  }));
  const { histories } = await runScenarios(definition, scenarios);
  return histories.filter(({ ended }) => ended.status === 'SUCCEEDED').length;
}
