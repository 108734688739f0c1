import type { ClientEvent } from './events.ts';

/** The result of validating one raw event. `code` is a stable identifier in snake_case, `reason` a message for people. */
export type Validated =
  | { readonly ok: true; readonly event: ClientEvent }
  | { readonly ok: false; readonly code: string; readonly reason: string };

/**
 * Validates one raw event before it is ingested. Returns a rejection and never throws, whatever the input.
 *
 * @param raw any JSON value
 * @param receivedAt time of receipt by the service's clock, UTC epoch milliseconds
 */
export type ValidateEvent = (raw: unknown, receivedAt: number) => Validated;

/**
 * Validates the events of one batch outside of this process, and returns one result per event, in order. An event whose
 * validation fails is rejected with the code `validator_failed`. Never rejects. Returns undefined if `validateEvent` must
 * validate the batch.
 */
export type ValidateEvents = (
  raws: readonly unknown[],
  receivedAt: number,
) => Promise<readonly Validated[]> | undefined;

/** A learner's functions that run outside of this process, called once per batch. */
export interface BatchSeams {
  readonly validateEvents: ValidateEvents;
}

/** The functions that a learner may replace. Handlers receive them as arguments. */
export interface Seams {
  readonly validateEvent: ValidateEvent;
}

/**
 * File name of each seam. `#seams/<file>` imports the reference implementation, or the learner's file in a bundle that
 * replaces it.
 */
export const SEAM_FILES = { validateEvent: 'validate-event' } as const satisfies Record<keyof Seams, string>;
