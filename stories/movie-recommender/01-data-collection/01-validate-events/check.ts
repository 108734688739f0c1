import { inspect, isDeepStrictEqual } from 'node:util';
import { HOUR, MINUTE, WEEK } from '#domain/core/time.ts';
import type { Validated } from '#domain/events/seam-types.ts';
import { validateEvent as reference } from '../../../../functions/data-collection/validate-event.ts';
import type { Case, Checkpoint, Mismatch, Requirement } from '../../../academy/judging/step-requirements.ts';
import { type GeneratedCall, generatedCall, receivedAtOf } from './generated-events.ts';

/** Number of generated events: more than a batch, so that code that fails after some hundred calls is found. */
const GENERATED = 600;
const ON_ONE_LINE = { breakLength: Number.POSITIVE_INFINITY, maxStringLength: 80, depth: 4 };
const ACCEPTED = '{ ok: true, event } with the event unchanged';

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

/** Result of the learner's function, which may be any value. */
type Result = Partial<Record<'ok' | 'event' | 'code' | 'reason', unknown>> | null | undefined;

const mustAccept = (now: number, raw: unknown, input?: string): Case => ({
  args: [raw, now],
  input,
  expected: ACCEPTED,
  mismatch: (value) => {
    const result = value as Result;
    return result?.ok === true && isDeepStrictEqual(result.event, raw) ? undefined : { expected: ACCEPTED };
  },
});

const mustReject = (now: number, raw: unknown, code: string, field?: string, input?: string): Case => ({
  args: [raw, now],
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

const acceptsValid = (now: number): Requirement => ({
  says: 'accepts a valid event unchanged',
  why: 'Each valid event that you reject is a preference that the recommender never learns.',
  cases: Object.values(validAt(now)).map((event) => mustAccept(now, event)),
});

const neverThrows = (now: number): Requirement => ({
  says: 'returns a rejection and never throws, whatever the input',
  why: 'One phone with a faulty app must not make a batch with 500 valid events fail.',
  cases: ['text', 42, null, true, [], [validAt(now).play]].map((raw) => mustReject(now, raw, 'invalid_event')),
});

const namesTheField = (now: number): Requirement => ({
  says: "rejects anything that isn't a valid event, and names the invalid field",
  why: 'The log keeps every event. One invalid event would corrupt all features and training sets that are computed from the log.',
  cases: [
    mustReject(now, { ...validAt(now).play, userId: undefined }, 'missing_field', 'userId', 'a play without userId'),
    mustReject(now, { ...validAt(now).play, userId: 7 }, 'invalid_field', 'userId', 'a play with userId 7'),
    mustReject(now, { ...validAt(now).rate, rating: 11 }, 'invalid_field', 'rating', 'a rate with rating 11'),
    mustReject(now, { ...validAt(now).play, occurredAt: 'yesterday' }, 'invalid_field', 'occurredAt'),
    mustReject(
      now,
      { ...validAt(now).play, colour: 'red' },
      'unknown_field',
      'colour',
      'a play with an unknown field, colour',
    ),
    mustReject(now, { ...validAt(now).play, type: 'dance' }, 'unknown_type', 'type', 'an event of type dance'),
  ],
});

const rejectsFuture = (now: number): Requirement => ({
  says: 'rejects an event from the future',
  why: 'Features use all events up to the current time. A play with a time in the next week is missing today, and counts in the wrong week later.',
  cases: [
    mustReject(now, playAt(now, HOUR), 'from_the_future', undefined, 'a play that is 1 hour ahead of our clock'),
    mustReject(
      now,
      playAt(now, -MINUTE, WEEK),
      'from_the_future',
      undefined,
      'a play of a minute ago that was sent next week',
    ),
    mustReject(
      now,
      playAt(now, 5 * MINUTE + 1),
      'from_the_future',
      undefined,
      'a play that is 5 minutes and 1 ms ahead',
    ),
    mustReject(
      now,
      playAt(now, HOUR, 0),
      'from_the_future',
      undefined,
      'a play 1 hour ahead that was sent now: two errors',
    ),
  ],
});

const toleratesClocks = (now: number): Requirement => ({
  says: 'tolerates clocks up to five minutes fast, and late events of any age',
  why: 'No two clocks agree. Without tolerance, you would lose the events of devices with fast clocks, and of phones that were offline.',
  cases: [
    mustAccept(now, playAt(now, 2 * MINUTE), 'a play that is 2 minutes ahead of our clock'),
    mustAccept(now, playAt(now, 5 * MINUTE), 'a play that is exactly 5 minutes ahead of our clock'),
    mustAccept(now, playAt(now, -4 * WEEK, -1_000), 'a play of four weeks ago that was sent now'),
  ],
});

const rejectsWrongOrder = (now: number): Requirement => ({
  says: 'rejects an event that was sent before it happened',
  why: 'Both times come from one device, so the cause is not a wrong clock. The client has a bug, and its times are unusable.',
  cases: [
    mustReject(
      now,
      playAt(now, -1_000, -2_000),
      'occurred_after_sent',
      undefined,
      'a play that happened 1 s after it was sent',
    ),
    mustReject(
      now,
      playAt(now, 0, -1),
      'occurred_after_sent',
      undefined,
      'a play that happened 1 ms after it was sent',
    ),
    mustAccept(now, playAt(now, -1_000, -1_000), 'a play that was sent in the same millisecond in which it happened'),
  ],
});

/** Returns the requirement that hard-coded results fail, because its events are generated from the seed. */
const agreesWithReference = (seed: number): Requirement => ({
  says: `agrees with the reference on ${GENERATED} generated events`,
  why: 'Clients also send events that differ from these examples, and your function must handle all of them correctly.',
  cases: Array.from({ length: GENERATED }, (_, index) => mustAgree(generatedCall(seed, index))),
});

function mustAgree({ raw, receivedAt }: GeneratedCall): Case {
  const right = reference(raw, receivedAt);
  const expected = right.ok ? ACCEPTED : inspect(right, ON_ONE_LINE);
  const mismatch = (value: unknown) => (isSameResult(value as Result, right) ? undefined : { expected });
  return { args: [raw, receivedAt], expected, mismatch };
}

const isSameResult = (result: Result, right: Validated): boolean =>
  right.ok
    ? result?.ok === true && isDeepStrictEqual(result.event, right.event)
    : result?.ok === false && result.code === right.code && typeof result.reason === 'string';

export const checkpoint: Checkpoint = {
  seam: 'validateEvent',
  requirements: (seed) => [
    ...[acceptsValid, neverThrows, namesTheField, rejectsFuture, toleratesClocks, rejectsWrongOrder].map((of) =>
      of(receivedAtOf(seed)),
    ),
    agreesWithReference(seed),
  ],
  cost: {
    says: 'validates a batch of 500 events in at most one second',
    why: 'A client waits until all of its events are validated. Collection ends a request that takes too long, and the client sends the batch again.',
    milliseconds: 2,
  },
};
