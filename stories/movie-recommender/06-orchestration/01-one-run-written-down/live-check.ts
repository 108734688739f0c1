import { join } from 'node:path';
import type { PipelineNight } from '#domain/experiments/live-check-figure-types.ts';
import {
  type LiveCheck,
  type LiveFigure,
  type LiveReport,
  reported,
} from '../../../academy/judging/live-check-types-and-reports.ts';
import type { PipelineFigures, PipelineRequest } from '../../../academy/judging/pipeline-and-alert-figure-types.ts';

/** Size of the city. Smaller ones are for tests. */
export type CitySize = Pick<PipelineRequest, 'agents' | 'hours'>;
const SIZE: CitySize = { agents: 60, hours: 8 };

const IGNORED = 'tasks of the exercise that can fail in a run that succeeds';
const EXERCISE = join(import.meta.dirname, 'exercise.asl.json');

/** Returns the live check of this step. @param size @default - 60 agents, 8 hours */
export const liveCheck = (size: CitySize = SIZE): LiveCheck => ({
  predicts: IGNORED,
  run: ({ file }, seed, ports) =>
    reported(async () => {
      const figures = await ports.runPipelines({ ...size, seed, file });
      return judge(figures, await ports.countIgnoredFailures(EXERCISE));
    }),
});

export const live = liveCheck();

/** Reasons that can also come from a busy machine. */
const MAYBE_BUSY = /could not start|more than an hour/;

function judge({ yours, reference, lastFailure }: PipelineFigures, ignored: number): LiveReport {
  const counted = (name: string, of: (nights: readonly PipelineNight[]) => number, required?: string): LiveFigure => ({
    ...{ name, yours: of(yours), reference: of(reference) },
    ...(required !== undefined && { required }),
  });
  const failing = reference.filter(({ isRecorded }) => isRecorded !== undefined).length;
  const figures = [
    counted('runs that ended as required', (nights) => count(nights, ({ isRight }) => isRight), `${reference.length}`),
    counted(
      'failed runs whose last state has the record of the run',
      (nights) => count(nights, ({ isRecorded }) => isRecorded === true),
      `${failing}`,
    ),
    counted('states entered', (nights) => nights.reduce((sum, { states }) => sum + states, 0)),
    { name: IGNORED, yours: ignored, reference: ignored },
  ];
  const predicted = { name: IGNORED, truth: ignored };
  const isBusy = (lastFailure !== undefined && MAYBE_BUSY.test(lastFailure)) || problemOf(reference) !== undefined;
  if (isBusy) return { outcome: 'could not judge', figures, predicted, problem: BUSY };
  const problem = problemOf(yours);
  return { outcome: problem ? 'failed' : 'passed', figures, predicted, ...(problem && { problem }) };
}

const count = (nights: readonly PipelineNight[], holds: (night: PipelineNight) => boolean): number =>
  nights.filter(holds).length;

const NIGHTS: Readonly<Record<PipelineNight['night'], string>> = {
  'trainer-fails': 'the night in which the trainer loses its machine',
  normal: 'a normal night',
  'features-fail': 'the night in which no features can be written',
  'late-archive': 'the night in which the archive is late',
};

function problemOf(nights: readonly PipelineNight[]) {
  const wrong = nights.find(({ isRight }) => !isRight);
  if (wrong) {
    return {
      what: `in ${NIGHTS[wrong.night]}, your run ${wrong.wrong}`,
      why: 'people get recommendations from the model that the pipeline promotes',
      fix: 'Run the check without --live: it names the state that you must change',
    };
  }
  const lost = nights.find(({ isRecorded }) => isRecorded === false);
  if (!lost) return undefined;
  return {
    what: `in ${NIGHTS[lost.night]}, the input of the last state lacks the name of the run, the error or a result`,
    why: 'the person on call sees this input, and nothing else',
    fix: 'Add the caught error to the record of the run, instead of replacing the record',
  };
}

const BUSY = {
  what: 'the runs of the reference implementation did not end as required either',
  why: 'the machine is too busy',
  fix: 'Run the live check again when the machine has less to do',
};
