import { inspect, isDeepStrictEqual } from 'node:util';
import { DAY, HOUR, MINUTE, SECOND } from '#domain/core/time.ts';
import type { Validated } from '#domain/events/all-bricks-seam-types.ts';
import type { Case, Mismatch } from '../../../../academy/judging/function-check-types.ts';

/** Result of the learner's function, which may be any value. */
type Result = Partial<Record<'ok' | 'event' | 'code' | 'reason', unknown>> | null | undefined;

const ON_ONE_LINE = { breakLength: Number.POSITIVE_INFINITY, maxStringLength: 80, depth: 4 };
const ACCEPTED = '{ ok: true, event } with the event unchanged';

/** Returns the case of a value that must be accepted. @param input description for learners */
export const mustAccept = (now: number, raw: unknown, input?: string): Case => ({
  args: [raw, now],
  input: input ?? describeCall(raw, now),
  expected: ACCEPTED,
  mismatch: (value) => acceptanceMismatch(value as Result, raw),
});

function acceptanceMismatch(result: Result, raw: unknown): Mismatch | undefined {
  if (isNothing(result)) return { expected: ACCEPTED, why: NOTHING };
  if (result.ok !== true) return { expected: ACCEPTED };
  if (isDeepStrictEqual(result.event, raw)) return undefined;
  return {
    expected: ACCEPTED,
    why: `${differenceOf(result.event, raw)}. Later components expect the event exactly as the client sent it.`,
  };
}

const isNothing = (result: Result): result is null | undefined => result === undefined || result === null;
const NOTHING =
  'The caller reads the field ok of each result. A path through your function ends without returning a result.';

/** Describes the first field in which a returned event differs from the one that the client sent. */
function differenceOf(event: unknown, raw: unknown): string {
  if (typeof event !== 'object' || event === null) return 'The field event does not contain the event';
  const sent = raw as Record<string, unknown>;
  const fields = Object.keys({ ...sent, ...event });
  const field = fields.find((each) => !isDeepStrictEqual(Reflect.get(event, each), sent[each]));
  if (field === undefined) return 'The event is an object of another kind';
  if (!(field in sent)) return `Your function added the field ${field}`;
  return field in event ? `Your function changed ${field}` : `Your function removed the field ${field}`;
}

/** What a rejection must contain. */
interface Expected {
  readonly code: string;
  /** Field that the reason must name. @default - any reason */
  readonly field?: string;
  /** Why another code is wrong. @default - a general explanation of codes */
  readonly why?: string;
}

/** Returns the case of a value that must be rejected. */
export const mustReject = (now: number, raw: unknown, expected: Expected, input?: string): Case => ({
  args: [raw, now],
  input: input ?? describeCall(raw, now),
  expected: rejectionWith(expected.code),
  mismatch: (value) => rejectionMismatch(value as Result, expected),
});

const WRONG_CODE =
  'Programs read the code: it selects the HTTP status and the alert. README.md lists the rules in their order, and schemaRejection knows the codes of schema errors.';

const rejectionWith = (code: string) => `{ ok: false, code: '${code}', reason }`;

function rejectionMismatch(result: Result, { code, field, why = WRONG_CODE }: Expected): Mismatch | undefined {
  const expected = rejectionWith(code);
  if (isNothing(result)) return { expected, why: NOTHING };
  if (result.ok !== false) return { expected };
  if (result.code !== code) return { expected, why };
  const { reason } = result;
  if (typeof reason !== 'string' || reason.trim() === '') {
    return {
      expected: `${expected}, where reason is a sentence for people`,
      why: 'Without a reason, the developers cannot find out why an event became a dead letter.',
    };
  }
  if (field === undefined || reason.includes(field)) return undefined;
  return {
    expected: `${expected}, where reason names ${field}`,
    why: 'The reason must help the developers of the client to find the invalid field.',
  };
}

/** Returns the case that a learner's example describes, or the reason why it is not an example. */
export function asInExample(example: unknown, receivedAt: number): Case | string {
  const { says, raw, accept } = (example ?? {}) as Record<string, unknown>;
  if (typeof says !== 'string' || says.trim() === '')
    return 'its field says must be a string that describes the example';
  if (!Object.hasOwn(example as object, 'raw')) return `the example '${says}' has no field raw`;
  if (typeof accept !== 'boolean') return `the example '${says}' needs the field accept, which is true or false`;
  if (accept) return mustAccept(receivedAt, raw, says);
  const mismatch = (value: unknown) => ((value as Result)?.ok === false ? undefined : { expected: 'a rejection' });
  return { args: [raw, receivedAt], input: says, expected: 'a rejection', mismatch };
}

/** Returns the case of a generated call, whose result must agree with the reference's. */
export function mustAgree(right: Validated, raw: unknown, receivedAt: number): Case {
  const expected = right.ok ? ACCEPTED : inspect(right, ON_ONE_LINE);
  const mismatch = (value: unknown) => (isSameResult(value as Result, right) ? undefined : { expected });
  return { args: [raw, receivedAt], input: describeCall(raw, receivedAt), expected, mismatch };
}

/** Reasons may differ, because they are for people. */
const isSameResult = (result: Result, right: Validated): boolean =>
  right.ok
    ? result?.ok === true && isDeepStrictEqual(result.event, right.event)
    : result?.ok === false && result.code === right.code && typeof result.reason === 'string';

/** Describes a call: the value, and how far its times are from the time of receipt. */
function describeCall(raw: unknown, receivedAt: number): string {
  const shown = inspect(raw, ON_ONE_LINE);
  if (typeof raw !== 'object' || raw === null) return shown;
  const distances = ['occurredAt', 'sentAt'].flatMap((field) => {
    const time: unknown = Reflect.get(raw, field);
    return typeof time === 'number' ? [`${field} is ${distance(time - receivedAt)} receivedAt`] : [];
  });
  return distances.length === 0 ? shown : `${shown}; ${distances.join(', ')}`;
}

const UNITS = [
  ['days', DAY],
  ['h', HOUR],
  ['min', MINUTE],
  ['s', SECOND],
  ['ms', 1],
] as const;

/** Describes a difference of times, such as "5 min 1 ms after". */
function distance(milliseconds: number): string {
  if (milliseconds === 0) return 'equal to';
  let rest = Math.abs(milliseconds);
  const parts = UNITS.flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0 ? [`${count} ${unit}`] : [];
  });
  return `${parts.join(' ')} ${milliseconds > 0 ? 'after' : 'before'}`;
}
