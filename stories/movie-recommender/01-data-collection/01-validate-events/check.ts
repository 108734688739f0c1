import { DAY, HOUR, MINUTE, WEEK } from '#domain/core/time.ts';
import { validateEvent as reference } from '../../../../functions/data-collection/validate-event.ts';
import type { Case, Requirement } from '../../../academy/judging/function-check-types.ts';
import type { ExampleChecks } from '../../../academy/runners/check-learners-examples-against-mutants.ts';
import { functionCheckpoint } from '../../../academy/runners/pure-function-checkpoint.ts';
import { asInExample, mustAccept, mustAgree, mustReject } from './cases/build-accept-and-reject-cases.ts';
import { generatedCall, receivedAtOf } from './cases/generated-events.ts';

/** Number of generated events: more than a batch, so that code that fails after some hundred calls is found. */
const GENERATED = 600;

/** Returns valid events that arrive now. */
function validAt(now: number) {
  const sentAt = now - 1_000;
  const occurredAt = sentAt - 2_000;
  const envelope = { eventId: 'e-1', userId: 'u-42', occurredAt, sentAt };
  return {
    play: { type: 'play', ...envelope, titleId: 't-7', watchedSeconds: 5_400 },
    rate: { type: 'rate', ...envelope, titleId: 't-7', rating: 4.5 },
    signup: { type: 'signup', ...envelope, country: 'SE' },
    title: {
      ...{ type: 'title', eventId: 'e-2', occurredAt, sentAt, titleId: 't-7', name: 'Seven Heists' },
      ...{ genres: ['Crime'], releasedAt: Date.UTC(1995, 8, 22) },
    },
  };
}

/** Returns a play with times relative to our clock, in milliseconds. */
const playAt = (now: number, occurred: number, sent = occurred) => ({
  ...validAt(now).play,
  occurredAt: now + occurred,
  sentAt: now + sent,
});

const acceptsValid = (now: number): Requirement => ({
  says: 'accepts a valid event unchanged',
  why: 'Each valid event that you reject is a preference that the recommender never learns.',
  cases: Object.values(validAt(now)).map((event) => mustAccept(now, event)),
});

const neverThrows = (now: number): Requirement => ({
  says: 'returns a rejection and never throws, whatever the input',
  why: 'A phone with a faulty app can send any value. The developers of the app need a code and a reason, and an exception has neither.',
  cases: ['text', 42, null, true, [], [validAt(now).play]].map((raw) =>
    mustReject(now, raw, { code: 'invalid_event' }),
  ),
});

function namesTheField(now: number): Requirement {
  const { play, rate } = validAt(now);
  const wrong = (raw: unknown, code: string, field: string, input: string): Case =>
    mustReject(now, raw, { code, field }, input);
  return {
    says: "rejects anything that isn't a valid event, and names the invalid field",
    why: 'The log keeps every event. One invalid event would corrupt all features and training sets that are computed from the log.',
    cases: [
      wrong({ ...play, userId: undefined }, 'missing_field', 'userId', 'a play without userId'),
      wrong({ ...play, userId: 7 }, 'invalid_field', 'userId', 'a play with userId 7'),
      wrong({ ...rate, rating: 11 }, 'invalid_field', 'rating', 'a rate with rating 11'),
      wrong({ ...play, occurredAt: 'yesterday' }, 'invalid_field', 'occurredAt', "a play with occurredAt 'yesterday'"),
      wrong({ ...play, colour: 'red' }, 'unknown_field', 'colour', 'a play with an unknown field, colour'),
      wrong({ ...play, type: 'dance' }, 'unknown_type', 'type', 'an event of type dance'),
      wrong({ ...rate, schemaVersion: 9 }, 'unknown_version', 'schemaVersion', 'a rate with schemaVersion 9'),
    ],
  };
}

const BOTH_TIMES_FIRST =
  'Each of the two times is compared with our clock first. Only then are they compared with each other.';

function rejectsFuture(now: number): Requirement {
  const future = (raw: unknown, input: string, why?: string): Case =>
    mustReject(now, raw, { code: 'from_the_future', why }, input);
  return {
    says: 'rejects an event from the future',
    why: 'Features use all events up to the current time. A play that is dated next week is missing from the features of today, and counts in the wrong week later.',
    cases: [
      future(playAt(now, Date.UTC(2038, 0, 19) - now), 'a play from a television whose clock says 2038'),
      future(playAt(now, HOUR), 'a play that is 1 hour ahead of our clock'),
      future(playAt(now, -MINUTE, WEEK), 'a play of a minute ago that was sent next week'),
      future(playAt(now, 5 * MINUTE + 1), 'a play that is 5 minutes and 1 ms ahead of our clock'),
      future(
        playAt(now, 2 * HOUR, HOUR),
        'a play that is 2 hours ahead of our clock and was sent 1 hour ahead: both rules are broken, the first one counts',
        BOTH_TIMES_FIRST,
      ),
      // If only this case fails, then occurredAt is not compared with our clock.
      future(
        playAt(now, HOUR, 0),
        'a play whose occurredAt is 1 hour ahead of our clock, and whose sentAt is not',
        BOTH_TIMES_FIRST,
      ),
    ],
  };
}

const toleratesClocks = (now: number): Requirement => ({
  says: 'tolerates clocks up to five minutes fast',
  why: 'No two clocks agree. Without tolerance, you would lose all events of the devices whose clocks are a little fast.',
  cases: [
    mustAccept(now, playAt(now, 2 * MINUTE), 'a play that is 2 minutes ahead of our clock'),
    mustAccept(now, playAt(now, 5 * MINUTE), 'a play that is exactly 5 minutes ahead of our clock'),
    mustAccept(now, playAt(now, 5 * MINUTE - 1), 'a play that is 1 ms less than 5 minutes ahead of our clock'),
    mustAccept(now, playAt(now, -MINUTE, 1), 'a play of a minute ago that was sent 1 ms ahead of our clock'),
  ],
});

const acceptsLate = (now: number): Requirement => ({
  says: 'accepts late events of any age',
  why: 'A phone that was offline sends its events later, and such late events are as true as any others. Each event says when it happened.',
  cases: [
    mustAccept(now, playAt(now, -10 * MINUTE, -1_000), 'a play of ten minutes ago that was sent now'),
    mustAccept(now, playAt(now, -3 * DAY), 'a play that was sent three days ago and arrives now'),
    mustAccept(now, playAt(now, -4 * WEEK, -1_000), 'a play of four weeks ago that was sent now'),
    mustAccept(now, playAt(now, Date.UTC(1997, 8, 22) - now, -1_000), 'a play of 1997, from an import'),
  ],
});

function rejectsWrongOrder(now: number): Requirement {
  const wrong = (raw: unknown, input: string): Case => mustReject(now, raw, { code: 'occurred_after_sent' }, input);
  return {
    says: 'rejects an event that was sent before it happened',
    why: 'Both times come from one device, so the cause is not a wrong clock. The client has a bug, and its times are unusable.',
    cases: [
      wrong(playAt(now, -1_000, -2_000), 'a play that happened 1 s after it was sent'),
      wrong(playAt(now, 0, -1), 'a play that happened 1 ms after it was sent'),
      mustAccept(now, playAt(now, -1_000), 'a play that was sent in the same millisecond in which it happened'),
    ],
  };
}

/** Returns the requirement that rejects hard-coded results, because its events are generated from the seed. */
const agreesWithReference = (seed: number): Requirement => ({
  says: `agrees with the reference on ${GENERATED} generated events`,
  why: 'Clients also send events that differ from these examples, and your function must handle all of them correctly.',
  generated: true,
  cases: Array.from({ length: GENERATED }, (_, index) => {
    const { raw, receivedAt } = generatedCall(seed, index);
    return mustAgree(reference(raw, receivedAt), raw, receivedAt);
  }),
});

/** Requirements with fixed cases, in the order in which learners should fix them. */
const FIXED: readonly ((now: number) => Requirement)[] = [
  ...[acceptsValid, neverThrows, namesTheField],
  ...[rejectsFuture, toleratesClocks, acceptsLate, rejectsWrongOrder],
];

export const checkpoint = functionCheckpoint({
  seam: 'validateEvent',
  requirements: (seed) => [...FIXED.map((requirement) => requirement(receivedAtOf(seed))), agreesWithReference(seed)],
  cost: {
    says: 'validates a batch of 500 events in at most two seconds',
    why: 'A client waits until all of its events are validated. Collection ends a request that takes too long, and the client sends the batch again.',
    // With 26 processes waiting for two processors, the reference needed 2.4 ms.
    milliseconds: 4,
  },
});

/** The examples in examples.ts, which the learner writes before the code. */
export const examples: ExampleChecks = {
  seam: 'validateEvent',
  argsOf: (seed) => [receivedAtOf(seed)],
  caseOf: (example, [receivedAt]) => asInExample(example, receivedAt as number),
  mustCatch: 2,
};
