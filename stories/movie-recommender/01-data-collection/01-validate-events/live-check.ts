import {
  type CityFigures,
  failedCode,
  type LiveCheck,
  type LiveCityRequest,
  type LiveReport,
  reported,
} from '../../../academy/judging/live-check-types-and-reports.ts';

/** A day on which clients send malformed events, and some clocks are up to five minutes fast or slow. */
const SCENARIO = {
  late: { share: 0.05, fromMinutes: 1, toMinutes: 600 },
  duplicates: { share: 0.02 },
  malformed: { share: 0.05 },
  skewedClocks: { share: 0.3, upToMinutes: 5 },
} as const satisfies LiveCityRequest['scenario'];

/** Other devices have clocks that are wrong by minutes, hours or years. */
const WRONG_CLOCKS = { share: 0.1 };

/** Size of the city. Smaller ones are for tests. */
export type CitySize = Pick<LiveCityRequest, 'agents' | 'days'>;

const SIZE: CitySize = { agents: 1_000, days: 1 };

const LET_IN = 'broken events that you let in';
const INVALID = 'broken events among all that arrived';
const PERCENT = 100;
const FALSELY_REJECTED = 'valid events that you rejected';

/** Returns the live check of this step. @param size @default - 1,000 agents for a day */
export const liveCheck = (size: CitySize = SIZE): LiveCheck => ({
  predicts: INVALID,
  run: ({ file }, seed, ports) =>
    reported(async () => {
      const day = { ...size, seed, scenario: SCENARIO, wrongClocks: WRONG_CLOCKS };
      const city = await ports.runCity({ ...day, seams: { 'validate-event': file } });
      return failedCode(city.code) ?? judge(city);
    }),
});

export const live = liveCheck();

function judge({ yours, reference }: CityFigures): LiveReport {
  const figures = [
    { name: FALSELY_REJECTED, yours: yours.falselyRejected, reference: reference.falselyRejected, required: '0' },
    { name: LET_IN, yours: yours.letIn, reference: reference.letIn, required: '0' },
    { name: INVALID, unit: '%', yours: invalidShare(yours), reference: invalidShare(reference) },
    { name: 'events that arrived', yours: yours.arrived, reference: reference.arrived },
    { name: 'plays per session', yours: yours.playsPerSession, reference: reference.playsPerSession },
  ];
  const predicted = { name: INVALID, truth: invalidShare(reference), measuredWith: 'the reference' as const };
  if (yours.guardFired + reference.guardFired > 0) {
    return { outcome: 'could not judge', figures, predicted, problem: BUSY };
  }
  const problem = yours.falselyRejected > 0 ? REJECTED : yours.letIn > 0 ? ACCEPTED : undefined;
  return { outcome: problem ? 'failed' : 'passed', figures, predicted, ...(problem && { problem }) };
}

const invalidShare = ({ invalid, arrived }: CityFigures['reference']): number => (PERCENT * invalid) / arrived;

const BUSY = {
  what: 'requests in the simulated city took too long',
  why: 'the machine is too busy',
  fix: 'Run the live check again when the machine has less to do',
};

const REJECTED = {
  what: 'your city rejected valid events',
  why: 'each of them is a preference that the recommender never learns',
  fix: 'Compare your limits with the table of rules: a clock may be five minutes fast, and a late event is valid',
};

const ACCEPTED = {
  what: 'your city accepted broken events',
  why: 'the log keeps every event, so broken events distort all features and models that are computed from the log',
  fix: 'Check both times of an event against the time of receipt, and against each other',
};
