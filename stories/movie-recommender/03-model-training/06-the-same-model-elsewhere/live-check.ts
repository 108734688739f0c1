import {
  failedCode,
  type LiveCheck,
  type LiveReport,
  reported,
} from '../../../academy/judging/live-check-types-and-reports.ts';
import type { ExportedModelFigures, ExportedModelRequest } from '../../../academy/judging/training-city-types.ts';

/** Size of the city. Smaller ones are for tests. */
export type CitySize = Pick<ExportedModelRequest, 'agents' | 'days'>;

const SIZE: CitySize = { agents: 150, days: 2 };
/** Largest mean number of other titles per slate: two titles with almost the same score may change places. */
const FEW = 0.1;

const OTHERS = 'titles that differ, per slate of ten';

/** Returns the live check of this step. @param size @default - 150 agents for two days */
export const liveCheck = (size: CitySize = SIZE): LiveCheck => ({
  predicts: OTHERS,
  run: ({ file }, seed, ports) =>
    reported(async () => {
      const city = await ports.runExportedModel({ ...size, seed, file });
      return failedCode([city.code]) ?? judge(city);
    }),
});

export const live = liveCheck();

function judge({ users, newcomers, yours = NOTHING, reference }: ExportedModelFigures): LiveReport {
  const few = `at most ${FEW}`;
  const { otherTitles, otherTitlesOfNewcomers } = yours;
  const figures = [
    { name: OTHERS, yours: otherTitles, reference: 0, required: few },
    { name: `${OTHERS}, for people without plays`, yours: otherTitlesOfNewcomers, reference: 0, required: few },
    {
      name: 'slates without the model',
      yours: yours.degraded,
      reference: reference.degraded,
      required: String(reference.degraded),
    },
    {
      name: 'slates that depend on the number of requests',
      yours: yours.dependOnBatch,
      reference: reference.dependOnBatch,
      required: '0',
    },
    { name: 'people with plays whose slates were compared', yours: users, reference: users },
    { name: 'people without plays', yours: newcomers, reference: newcomers },
  ];
  const predicted = { name: OTHERS, truth: otherTitles, measuredWith: 'your code' as const };
  if (reference.degraded > users / 2) return { outcome: 'could not judge', figures, predicted, problem: BUSY };
  const problem =
    yours.degraded > reference.degraded
      ? DEGRADED
      : Math.max(otherTitles, otherTitlesOfNewcomers) > FEW
        ? OTHER
        : yours.dependOnBatch > 0
          ? BATCH
          : undefined;
  return { outcome: problem ? 'failed' : 'passed', figures, predicted, ...(problem && { problem }) };
}

const NOTHING = { degraded: 0, dependOnBatch: 0, otherTitles: Number.NaN, otherTitlesOfNewcomers: Number.NaN };

const BUSY = {
  what: 'the service responded to most requests without the model, even with the reference export',
  why: 'the machine is too busy',
  fix: 'Run the live check again when the machine has less to do',
};

const DEGRADED = {
  what: 'the service cannot use your files for some requests, and serves popular titles instead',
  why: 'a file does not load, or it accepts only the numbers of users and pairs that the example had',
  fix: 'Name the first dimension of each input and output in dynamic_axes',
};

const OTHER = {
  what: 'with your export, the service recommends other titles than with the reference export of the same model',
  why: 'your files compute other numbers than PyTorch, or rows of the table of vectors belong to the wrong titles',
  fix: 'Run the check without --live: it shows which numbers differ',
};

const BATCH = {
  what: 'the slate of a person depends on how many requests arrive at the same time',
  why: 'a part of the network is fixed to the size of the example, or is random',
  fix: 'Switch both modules to evaluation mode, and name the first dimension of each input and output',
};
