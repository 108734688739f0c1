import type { Validated, ValidateEvent } from '#domain/events/all-bricks-seam-types.ts';
import type { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import type { Rejection } from '#domain/events/collect-and-recommend-contract.ts';
import { keyOf } from '#domain/events/key-of.ts';

/** Maximum number of characters of a rejected event that its dead letter stores. */
const MAX_RAW = 4_096;
/** Maximum number of characters of an id in a rejection. */
const MAX_ID = 64;
/** Maximum number of characters of a validator's error that a reason quotes. */
const MAX_ERROR = 200;

export interface RejectedEvent {
  readonly rejection: Rejection;
  /** The event as JSON, cut to 4,096 characters. */
  readonly raw: string;
  /** The error that the validator threw, if it did. */
  readonly thrown?: { readonly error: unknown };
}

export interface ValidatedBatch {
  readonly accepted: readonly ClientEvent[];
  readonly rejected: readonly RejectedEvent[];
}

/**
 * Separates the valid events of a batch from the invalid ones. Each event is validated separately: an invalid event
 * rejects only itself. If the validator throws or returns an invalid result, only the event that it was called with is
 * rejected.
 *
 * Unit    `receivedAt`: UTC epoch ms; a rejection's `index`: position in `raws`, from 0
 * Never   throws; drops an event without a rejection; stores a raw event of unlimited size
 *
 * @param raws JSON values
 */
export function validateBatch(raws: readonly unknown[], receivedAt: number, validate: ValidateEvent): ValidatedBatch {
  const accepted: ClientEvent[] = [];
  const rejected: RejectedEvent[] = [];
  for (const [index, raw] of raws.entries()) {
    const { result, thrown } = validated(raw, receivedAt, validate);
    if (result.ok) accepted.push(result.event);
    else {
      const { code, reason } = result;
      rejected.push({ rejection: { index, eventId: idOf(raw), code, reason }, raw: textOf(raw), thrown });
    }
  }
  return { accepted, rejected };
}

interface Attempt extends Pick<RejectedEvent, 'thrown'> {
  readonly result: Validated;
}

/** Validates one event. The validator may be a learner's, so its errors and its result are checked. */
function validated(raw: unknown, receivedAt: number, validate: ValidateEvent): Attempt {
  try {
    const result = validate(raw, receivedAt);
    if (result.ok ? isEvent(result.event) : typeof result.code === 'string') return { result };
    return { result: failure('the validator returned neither an event nor a rejection') };
  } catch (error) {
    return { result: failure(`the validator threw: ${String(error).slice(0, MAX_ERROR)}`), thrown: { error } };
  }
}

const failure = (reason: string): Validated => ({ ok: false, code: 'validator_failed', reason });

const isEvent = (event: unknown): boolean =>
  typeof (event as ClientEvent | undefined)?.eventId === 'string' && typeof keyOf(event as ClientEvent) === 'string';

function idOf(raw: unknown): string | null {
  const id = typeof raw === 'object' && raw !== null && 'eventId' in raw ? raw.eventId : undefined;
  return typeof id === 'string' ? id.slice(0, MAX_ID) : null;
}

const textOf = (raw: unknown): string => (JSON.stringify(raw) ?? 'null').slice(0, MAX_RAW);
