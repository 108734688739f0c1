import type { CollectionSide } from '#domain/experiments/live-check-figure-types.ts';
import {
  type CodeCounts,
  type CollectionFigures,
  type CollectionRequest,
  failedCode,
  type LiveCheck,
  type LiveFigure,
  type LiveReport,
  reported,
} from '../../../academy/judging/live-check-types-and-reports.ts';
import type { Problem } from '../../../academy/judging/problem-report-and-checkpoint-types.ts';

/** Size of the city. Smaller ones are for tests. */
export type CitySize = Pick<CollectionRequest, 'agents' | 'days'>;

const SIZE: CitySize = { agents: 250, days: 1 };
/** Maximum number of port calls for one batch, as in the check. */
const MAX_CALLS = 20;

const LOST = 'acknowledged events that are not in the log';

/** Returns the live check of this step. @param size @default - 250 agents for a day */
export const liveCheck = (size: CitySize = SIZE): LiveCheck => ({
  predicts: LOST,
  run: ({ file }, seed, ports) =>
    reported(async () => judge(await ports.runCollection({ ...size, seed, seams: { 'collect-events': file } }))),
});

export const live = liveCheck();

/** A figure that must not exceed a limit, and the problem if it does. */
type Limit = readonly [name: string, figure: keyof CollectionSide, most: number, problem: Problem];

const LIMITS: readonly Limit[] = [
  [
    LOST,
    'lost',
    0,
    {
      what: 'your city lost events that it had acknowledged',
      why: 'clients delete an event once it is acknowledged, so it cannot be sent again',
      fix: 'Append before you store the ids, await both calls, and let each error of the log or the table reach the caller',
    },
  ],
  [
    'events that readers see twice',
    'seenTwice',
    0,
    {
      what: 'readers of your log see events twice',
      why: 'a reader drops a copy only if the copy has the same eventId and the same key as the first record',
      fix: 'Pass each event to toRecord',
    },
  ],
  [
    'batches that never got a response',
    'unanswered',
    0,
    {
      what: 'some batches never got a response, however often the client sent them',
      why: 'the log and the table failed only in some deliveries, so your function fails each time for another reason',
      fix: 'Store no result of a failed delivery in a variable outside of your function',
    },
  ],
  [
    'copies in the log that no fault explains',
    'needlessCopies',
    0,
    {
      what: 'your log contains copies of events that were acknowledged long before the copies arrived',
      why: 'a client sent the batch again, perhaps to another process, and your function did not recognise the repeat',
      fix: 'Look up each eventId in the table, drop repeats inside the batch, and store the ids of the events that you have appended',
    },
  ],
  [
    'most calls of ports for one batch',
    'mostCalls',
    MAX_CALLS,
    {
      what: `your function called ports more than ${MAX_CALLS} times for one batch`,
      why: 'a large batch then takes longer than the client waits',
      fix: 'Pass all events of the batch to a single call of each port',
    },
  ],
];

function judge({ yours, reference, code }: CollectionFigures): LiveReport {
  const info = (name: string, figure: keyof CollectionSide): LiveFigure => ({
    ...{ name, yours: yours[figure], reference: reference[figure] },
  });
  const figures = [
    ...LIMITS.map(([name, figure, most]) => ({
      ...info(name, figure),
      required: most === 0 ? '0' : `at most ${most}`,
    })),
    info('copies in the log, which readers drop', 'copies'),
    info('events that clients sent', 'events'),
    info('deliveries, retries included', 'deliveries'),
    info('deliveries in which a port failed or the process was killed', 'disturbed'),
  ];
  const predicted = { name: LOST, truth: yours.lost, measuredWith: 'your code' as const };
  const broken = LIMITS.find(([, figure, most]) => yours[figure] > most);
  const failed = failure(code);
  // If the function failed although no fault was injected, this failure explains the other figures, unless events were
  // lost.
  const problem = failed && yours.lost === 0 ? failed.problem : broken?.[3];
  if (failed?.outcome === 'could not judge') return { ...failed, figures, predicted };
  return { outcome: problem || failed ? 'failed' : 'passed', figures, predicted, ...(problem && { problem }) };
}

const NO_FAULT = 'in these calls, neither the log nor the table had failed';

/** Returns the report of a function that failed although nothing was disturbed. */
function failure(code: CodeCounts): LiveReport | undefined {
  const report = failedCode([code]);
  return report?.problem && { ...report, problem: { ...report.problem, why: NO_FAULT } };
}
