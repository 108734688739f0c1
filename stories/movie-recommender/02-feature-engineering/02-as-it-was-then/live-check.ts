import {
  failedCode,
  type LiveCheck,
  type LiveReport,
  reported,
} from '../../../academy/judging/live-check-types-and-reports.ts';
import type { TrainingSetFigures, TrainingSetsRequest } from '../../../academy/judging/training-city-types.ts';

/** Size of the city. Smaller ones are for tests. */
export type CitySize = Pick<TrainingSetsRequest, 'agents' | 'days'>;

const SIZE: CitySize = { agents: 400, days: 3 };

const IN_CITY = 'AUC of the model trained on your rows, with the values known at the time';

/** Returns the live check of this step. @param size @default - 400 agents for three days */
export const liveCheck = (size: CitySize = SIZE): LiveCheck => ({
  predicts: IN_CITY,
  run: ({ file }, seed, ports) =>
    reported(async () => {
      const city = await ports.runTrainingSets({ ...size, seed, file });
      return failedCode([city.code]) ?? judge(city);
    }),
});

export const live = liveCheck();

function judge({ yours = NOTHING, reference }: TrainingSetFigures): LiveReport {
  const figures = [
    { name: 'rows', yours: yours.rows, reference: reference.rows, required: String(reference.rows) },
    { name: 'rows with future values', yours: yours.knowFuture, reference: reference.knowFuture, required: '0' },
    {
      name: 'rows whose values differ from the reference',
      yours: yours.differ,
      reference: reference.differ,
      required: '0',
    },
    { name: 'AUC offline, on your own rows', yours: yours.auc.offline, reference: reference.auc.offline },
    { name: IN_CITY, yours: yours.auc.inCity, reference: reference.auc.inCity },
  ];
  const predicted = { name: IN_CITY, truth: yours.auc.inCity, measuredWith: 'your code' as const };
  const problem =
    yours.rows !== reference.rows ? FAN_OUT : yours.knowFuture > 0 ? FUTURE : yours.differ > 0 ? DIFFERS : undefined;
  return { outcome: problem ? 'failed' : 'passed', figures, predicted, ...(problem && { problem }) };
}

const NOTHING = { rows: 0, knowFuture: 0, differ: 0, auc: { offline: Number.NaN, inCity: Number.NaN } };

const FAN_OUT = {
  what: 'your query does not return one row per label',
  why: 'the model would learn from some decisions twice, or not at all',
  fix: 'Check that each join finds at most one row, and drops no label',
};

const FUTURE = {
  what: 'rows of your training set contain future values',
  why: 'the values in these rows change if later plays are removed from the log, so the model learns from the answer',
  fix: "Compare `since` with the label's `occurredAt` in each of the three joins",
};

const DIFFERS = {
  what: 'rows of your training set differ from the values that the service had read',
  why: 'the model learns from values that serving never sees',
  fix: 'Run the check without --live: it shows a label with a wrong feature value, and the changes near its time',
};
