import type { Validated, ValidateEvent, ValidateEvents } from '#domain/events/all-bricks-seam-types.ts';
import { ClientEvent } from '#domain/events/client-and-stored-events.ts';
import { type FunctionStatus, type Supervised, superviseFunction } from './fall-back-to-reference.ts';
import type { ContainedFunction } from './function-in-own-process-types.ts';

/** Maximum number of characters of a rejection's code and reason. */
const MAX_CODE = 64;
const MAX_REASON = 300;

export interface LearnersValidator extends Disposable {
  readonly validateEvents: ValidateEvents;
  readonly status: () => FunctionStatus;
}

/**
 * Validates events with the learner's `validateEvent`. An event whose call fails, or returns anything but a valid event
 * or a rejection, is rejected with the code `validator_failed`. If the function fails too often, the reference validates.
 */
export function validateWithLearnersCode(
  contained: ContainedFunction,
  reference: ValidateEvent,
  onStatus: (status: FunctionStatus) => void,
): LearnersValidator {
  let rejected = 0;
  const supervised = superviseFunction({
    ...{ name: 'validateEvent', contained },
    parse: (value) => {
      const parsed = parseValidated(value);
      if ('value' in parsed && !parsed.value.ok) rejected++;
      return parsed;
    },
    onStatus: (status) => onStatus({ ...status, rejected }),
  });
  const status = () => ({ ...supervised.status(), rejected });
  const validate = async (raws: readonly unknown[], receivedAt: number): Promise<Validated[]> => {
    const results = await supervised.call(raws.map((raw) => [raw, receivedAt]));
    return raws.map((raw, i) => validatedOf(results[i]) ?? reference(raw, receivedAt));
  };
  return {
    validateEvents: (raws, receivedAt) => (supervised.isInUse() ? validate(raws, receivedAt) : undefined),
    status,
    [Symbol.dispose]: () => supervised[Symbol.dispose](),
  };
}

function validatedOf(result: Supervised<Validated>): Validated | undefined {
  if (!result || 'value' in result) return result?.value;
  const reason = `the validator ${result.failure}`.slice(0, MAX_REASON).toWellFormed();
  return { ok: false, code: 'validator_failed', reason };
}

/** Checks the form of a result. The event is a copy, so it has neither getters nor a prototype of the learner's. */
export function parseValidated(value: unknown): { readonly value: Validated } | { readonly failure: string } {
  const { ok, event, code, reason } = (typeof value === 'object' && value !== null ? value : {}) as {
    readonly [key in 'ok' | 'event' | 'code' | 'reason']?: unknown;
  };
  if (ok === true) {
    const parsed = ClientEvent.safeParse(event);
    if (parsed.success) return { value: { ok, event: parsed.data } };
    const [issue] = parsed.error.issues;
    return {
      failure: `accepted an event that matches no schema (${issue?.path.join('.') || 'event'}: ${issue?.message})`,
    };
  }
  if (ok !== false || typeof code !== 'string' || typeof reason !== 'string') {
    return { failure: 'returned neither an event nor a rejection' };
  }
  const text = (long: string, most: number) => long.slice(0, most).toWellFormed();
  return { value: { ok, code: text(code, MAX_CODE), reason: text(reason, MAX_REASON) } };
}
