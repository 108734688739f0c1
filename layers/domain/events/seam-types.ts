import type { ClientEvent } from './events.ts';

/** The verdict on one raw event. `code` is for programs (snake_case, stable), `reason` for people. */
export type Validated =
  | { readonly ok: true; readonly event: ClientEvent }
  | { readonly ok: false; readonly code: string; readonly reason: string };

/**
 * Whether one raw event may enter the log.
 *
 * @param raw anything that JSON can hold
 * @param receivedAt our clock, UTC epoch milliseconds
 */
export type ValidateEvent = (raw: unknown, receivedAt: number) => Validated;

/** The functions a learner may write in the reference's place. Handlers take them as arguments. */
export interface Seams {
  readonly validateEvent: ValidateEvent;
}

/** Each seam's file: `#seams/<file>` is where the reference stands, and what a bundle puts a learner's file for. */
export const SEAM_FILES = { validateEvent: 'validate-event' } as const satisfies Record<keyof Seams, string>;
