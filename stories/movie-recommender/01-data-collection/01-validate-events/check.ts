import { inspect, isDeepStrictEqual } from 'node:util';
import { HOUR, MINUTE, WEEK } from '#domain/core/time.ts';
import type { Validated } from '#domain/events/seam-types.ts';
import { validateEvent as reference } from '../../../../functions/data-collection/validate-event.ts';
import type { Case, Checkpoint, Mismatch, Requirement } from '../../../checkpoint.ts';
import { generatedEvent, RECEIVED_AT } from './generated-events.ts';

/** Number of generated events. */
const GENERATED = 300;
const ON_ONE_LINE = { breakLength: Number.POSITIVE_INFINITY, maxStringLength: 80, depth: 4 };
const ACCEPTED = '{ ok: true, event } with the event unchanged';

const sentAt = RECEIVED_AT - 1_000;
const occurredAt = sentAt - 2_000;
const envelope = { eventId: 'e-1', userId: 'u-42', occurredAt, sentAt };
const play = { type: 'play', ...envelope, titleId: 't-7', watchedSeconds: 5_400 };
const rate = { type: 'rate', ...envelope, titleId: 't-7', rating: 4.5 };
const signup = { type: 'signup', ...envelope, country: 'SE' };
const title = {
  ...{ type: 'title', eventId: 'e-2', occurredAt, sentAt, titleId: 't-7', name: 'Seven Heists' },
  ...{ genres: ['Crime'], releasedAt: Date.UTC(1995, 8, 22) },
};
/** Returns a play with times relative to our clock, in milliseconds. */
const playAt = (occurred: number, sent = occurred) => ({
  ...play,
  occurredAt: RECEIVED_AT + occurred,
  sentAt: RECEIVED_AT + sent,
});

/** Result of the learner's function, which may be any value. */
type Result = Partial<Record<'ok' | 'event' | 'code' | 'reason', unknown>> | null | undefined;

const mustAccept = (raw: unknown, input?: string): Case => ({
  args: [raw, RECEIVED_AT],
  input,
  expected: ACCEPTED,
  mismatch: (value) => {
    const result = value as Result;
    return result?.ok === true && isDeepStrictEqual(result.event, raw) ? undefined : { expected: ACCEPTED };
  },
});

const mustReject = (raw: unknown, code: string, field?: string, input?: string): Case => ({
  args: [raw, RECEIVED_AT],
  input,
  expected: `{ ok: false, code: '${code}', reason }`,
  mismatch: (value) => rejectionMismatch(value as Result, code, field),
});

function rejectionMismatch(result: Result, code: string, field?: string): Mismatch | undefined {
  const expected = `{ ok: false, code: '${code}', reason }`;
  if (result?.ok !== false || result.code !== code) return { expected };
  const { reason } = result;
  if (typeof reason !== 'string' || reason.trim() === '') {
    return {
      expected: `${expected} with a reason for people`,
      why: 'Without a reason, nobody can find out why an event became a dead letter.',
    };
  }
  if (field === undefined || reason.includes(field)) return undefined;
  return {
    expected: `${expected} whose reason names ${field}`,
    why: 'The reason must help the developers of the client to find the invalid field.',
  };
}

const acceptsValid: Requirement = {
  says: 'accepts a valid event unchanged',
  why: 'Each valid event that you reject is a preference that the recommender never learns.',
  cases: [play, rate, signup, title].map((event) => mustAccept(event)),
};

const neverThrows: Requirement = {
  says: 'returns a rejection and never throws, whatever the input',
  why: 'One phone with a faulty app must not make a batch with 500 valid events fail.',
  cases: ['text', 42, null, true, [], [play]].map((raw) => mustReject(raw, 'invalid_event')),
};

const namesTheField: Requirement = {
  says: "rejects anything that isn't a valid event, and names the invalid field",
  why: 'The log keeps every event. One invalid event would corrupt all features and training sets that are computed from the log.',
  cases: [
    mustReject({ ...play, userId: undefined }, 'missing_field', 'userId', 'a play without userId'),
    mustReject({ ...play, userId: 7 }, 'invalid_field', 'userId', 'a play with userId 7'),
    mustReject({ ...rate, rating: 11 }, 'invalid_field', 'rating', 'a rate with rating 11'),
    mustReject({ ...play, occurredAt: 'yesterday' }, 'invalid_field', 'occurredAt'),
    mustReject({ ...play, colour: 'red' }, 'unknown_field', 'colour', 'a play with an unknown field, colour'),
    mustReject({ ...play, type: 'dance' }, 'unknown_type', 'type', 'an event of type dance'),
  ],
};

const rejectsFuture: Requirement = {
  says: 'rejects an event from the future',
  why: 'Features use all events up to the current time. A play with a time in the next week is missing today, and counts in the wrong week later.',
  cases: [
    mustReject(playAt(HOUR), 'from_the_future', undefined, 'a play that is 1 hour ahead of our clock'),
    mustReject(playAt(-MINUTE, WEEK), 'from_the_future', undefined, 'a play of a minute ago that was sent next week'),
    mustReject(playAt(5 * MINUTE + 1), 'from_the_future', undefined, 'a play that is 5 minutes and 1 ms ahead'),
    mustReject(playAt(HOUR, 0), 'from_the_future', undefined, 'a play 1 hour ahead that was sent now: two errors'),
  ],
};

const toleratesClocks: Requirement = {
  says: 'tolerates clocks up to five minutes fast, and late events of any age',
  why: 'No two clocks agree. Without tolerance, you would lose the events of devices with fast clocks, and of phones that were offline.',
  cases: [
    mustAccept(playAt(2 * MINUTE), 'a play that is 2 minutes ahead of our clock'),
    mustAccept(playAt(5 * MINUTE), 'a play that is exactly 5 minutes ahead of our clock'),
    mustAccept(playAt(-4 * WEEK, -1_000), 'a play of four weeks ago that was sent now'),
  ],
};

const rejectsWrongOrder: Requirement = {
  says: 'rejects an event that was sent before it happened',
  why: 'Both times come from one device, so the cause is not a wrong clock. The client has a bug, and its times are unusable.',
  cases: [
    mustReject(playAt(-1_000, -2_000), 'occurred_after_sent', undefined, 'a play that happened 1 s after it was sent'),
    mustReject(playAt(0, -1), 'occurred_after_sent', undefined, 'a play that happened 1 ms after it was sent'),
    mustAccept(playAt(-1_000, -1_000), 'a play that was sent in the same millisecond in which it happened'),
  ],
};

/** Returns the requirement that hard-coded results fail, because its events are generated from the seed. */
const agreesWithReference = (seed: number): Requirement => ({
  says: `agrees with the reference on ${GENERATED} generated events`,
  why: 'Clients also send events that differ from these examples, and your function must handle all of them correctly.',
  cases: Array.from({ length: GENERATED }, (_, index) => mustAgree(generatedEvent(seed, index))),
});

function mustAgree(raw: unknown): Case {
  const right = reference(raw, RECEIVED_AT);
  const expected = right.ok ? ACCEPTED : inspect(right, ON_ONE_LINE);
  const mismatch = (value: unknown) => (isSameResult(value as Result, right) ? undefined : { expected });
  return { args: [raw, RECEIVED_AT], expected, mismatch };
}

const isSameResult = (result: Result, right: Validated): boolean =>
  right.ok
    ? result?.ok === true && isDeepStrictEqual(result.event, right.event)
    : result?.ok === false && result.code === right.code && typeof result.reason === 'string';

export const checkpoint: Checkpoint = {
  seam: 'validateEvent',
  requirements: (seed) => [
    acceptsValid,
    neverThrows,
    namesTheField,
    rejectsFuture,
    toleratesClocks,
    rejectsWrongOrder,
    agreesWithReference(seed),
  ],
};
