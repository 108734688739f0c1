import { inspect, isDeepStrictEqual } from 'node:util';
import { HOUR, MINUTE, WEEK } from '#domain/core/time.ts';
import type { Validated } from '#domain/events/seam-types.ts';
import { validateEvent as reference } from '../../../../functions/data-collection/validate-event.ts';
import type { Case, Checkpoint, KeptPromise, Objection } from '../../../checkpoint.ts';
import { drawnEvent, RECEIVED_AT } from './drawn-events.ts';

const DRAWN = 300;
const AT_LENGTH = { breakLength: Number.POSITIVE_INFINITY, maxStringLength: 80, depth: 4 };

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
const stamped = (occurred: number, sent = occurred) => ({
  ...play,
  occurredAt: RECEIVED_AT + occurred,
  sentAt: RECEIVED_AT + sent,
});

/** An answer that may be anything: the learner's function has given it. */
type Answer = Partial<Record<'ok' | 'event' | 'code' | 'reason', unknown>> | null | undefined;

const mustAccept = (raw: unknown, input?: string): Case => ({
  args: [raw, RECEIVED_AT],
  input,
  expected: '{ ok: true, event } with the event as it came in',
  object: (value) => {
    const answer = value as Answer;
    if (answer?.ok === true && isDeepStrictEqual(answer.event, raw)) return undefined;
    return { expected: '{ ok: true, event } with the event as it came in' };
  },
});

const mustRefuse = (raw: unknown, code: string, field?: string, input?: string): Case => ({
  args: [raw, RECEIVED_AT],
  input,
  expected: `{ ok: false, code: '${code}', reason }`,
  object: (value) => objectToRefusal(value as Answer, code, field),
});

function objectToRefusal(answer: Answer, code: string, field?: string): Objection | undefined {
  const expected = `{ ok: false, code: '${code}', reason }`;
  if (answer?.ok !== false || answer.code !== code) return { expected };
  const { reason } = answer;
  if (typeof reason !== 'string' || reason.trim() === '') {
    return { expected: `${expected} with a reason in words`, why: 'A dead letter without a reason cannot be mended.' };
  }
  if (field === undefined || reason.includes(field)) return undefined;
  return { expected: `${expected} whose reason names ${field}`, why: 'Who sent it must find the field at fault.' };
}

const accepts: KeptPromise = {
  says: 'lets a well-formed event in, as it is',
  why: 'Every event refused by mistake is a taste that the recommender never learns.',
  cases: [play, rate, signup, title].map((event) => mustAccept(event)),
};

const neverThrows: KeptPromise = {
  says: 'answers a refusal, and never throws, whatever comes in',
  why: 'One phone with a bad build must not take down a batch of 500 good events.',
  cases: ['text', 42, null, true, [], [play]].map((raw) => mustRefuse(raw, 'invalid_event')),
};

const namesTheFault: KeptPromise = {
  says: 'refuses what has not the form of an event, and says which field is at fault',
  why: 'What enters the log stays: a bad record breaks every feature and every training set built from it, for good.',
  cases: [
    mustRefuse({ ...play, userId: undefined }, 'missing_field', 'userId', 'a play without userId'),
    mustRefuse({ ...play, userId: 7 }, 'invalid_field', 'userId', 'a play with userId 7'),
    mustRefuse({ ...rate, rating: 11 }, 'invalid_field', 'rating', 'a rate with rating 11'),
    mustRefuse({ ...play, occurredAt: 'yesterday' }, 'invalid_field', 'occurredAt'),
    mustRefuse({ ...play, colour: 'red' }, 'unknown_field', 'colour', 'a play with an unknown field, colour'),
    mustRefuse({ ...play, type: 'dance' }, 'unknown_type', 'type', 'an event of type dance'),
  ],
};

const refusesTheFuture: KeptPromise = {
  says: 'refuses an event from the future',
  why: 'Features ask for "all before now": a play of tomorrow is in no window today, and in the wrong one for ever.',
  cases: [
    mustRefuse(stamped(HOUR), 'from_the_future', undefined, 'a play of an hour from now, by our clock'),
    mustRefuse(stamped(-MINUTE, WEEK), 'from_the_future', undefined, 'a play of a minute ago, sent next week'),
    mustRefuse(stamped(5 * MINUTE + 1), 'from_the_future', undefined, 'a play of 5 minutes and 1 millisecond ahead'),
    mustRefuse(stamped(HOUR, 0), 'from_the_future', undefined, 'a play of an hour from now, sent now: two faults'),
  ],
};

const forgivesClocks: KeptPromise = {
  says: 'lets clocks be up to five minutes ahead, and as late as they are',
  why: 'No two clocks agree. Without tolerance you lose every phone that runs fast, and whoever was in a tunnel.',
  cases: [
    mustAccept(stamped(2 * MINUTE), 'a play stamped 2 minutes ahead of our clock'),
    mustAccept(stamped(5 * MINUTE), 'a play stamped exactly 5 minutes ahead of our clock'),
    mustAccept(stamped(-4 * WEEK, -1_000), 'a play of four weeks ago, sent now'),
  ],
};

const keepsOrder: KeptPromise = {
  says: 'refuses an event that was sent before it happened',
  why: 'Both stamps come from one device, so no clock explains it: the client has a bug, and its times are worth nothing.',
  cases: [
    mustRefuse(
      stamped(-1_000, -2_000),
      'occurred_after_sent',
      undefined,
      'a play that happened 1 second after it was sent',
    ),
    mustRefuse(
      stamped(0, -1),
      'occurred_after_sent',
      undefined,
      'a play that happened 1 millisecond after it was sent',
    ),
    mustAccept(stamped(-1_000, -1_000), 'a play that was sent in the moment in which it happened'),
  ],
};

/** Hard-coded answers fall here: nobody knows these events beforehand. */
const agrees = (seed: number): KeptPromise => ({
  says: `judges ${DRAWN} events drawn at random as the reference does`,
  why: 'Agents send what nobody thought of. A rule holds for all events, an example only for one.',
  cases: Array.from({ length: DRAWN }, (_, index) => agreesOn(drawnEvent(seed, index))),
});

function agreesOn(raw: unknown): Case {
  const right = reference(raw, RECEIVED_AT);
  const expected = inWords(right);
  const object = (value: unknown) => (sameVerdict(value as Answer, right) ? undefined : { expected });
  return { args: [raw, RECEIVED_AT], expected, object };
}

const sameVerdict = (answer: Answer, right: Validated): boolean =>
  right.ok
    ? answer?.ok === true && isDeepStrictEqual(answer.event, right.event)
    : answer?.ok === false && answer.code === right.code && typeof answer.reason === 'string';

const inWords = (verdict: Validated): string =>
  verdict.ok ? '{ ok: true, event } with the event as it came in' : inspect(verdict, AT_LENGTH);

export const checkpoint: Checkpoint = {
  seam: 'validateEvent',
  promises: (seed) => [accepts, neverThrows, namesTheFault, refusesTheFuture, forgivesClocks, keepsOrder, agrees(seed)],
};
