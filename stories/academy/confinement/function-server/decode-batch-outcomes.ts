import type { BatchReported } from '../function/message-types.ts';
import { decode } from '../function/values/decode.ts';
import { builtinsOf, type Wire } from '../function/values/wire-type-and-realm-builtins.ts';
import type { ProcessEnding } from './exchange-lines-with-process.ts';

/** How one call of a batch ended. */
export type BatchOutcome =
  | BatchReported<unknown>
  /**
   * The process ended before the call had an outcome. `cause`: whether it ended because of this call. `maybe`: call the
   * function again with `singly` to find out.
   */
  | { readonly kind: 'unfinished'; readonly cause: 'yes' | 'maybe' | 'no' };

export interface BatchRun {
  /** One per call, in order. */
  readonly outcomes: readonly BatchOutcome[];
  /** @default - the process has not ended */
  readonly ending?: ProcessEnding;
  /** The beginning of the code's output during the batch. */
  readonly printed: string;
}

const builtins = builtinsOf(globalThis);

/** Decodes an outcome. A value that does not follow the protocol becomes an outcome without a value. */
export function decodeOutcome(
  reported: BatchReported<Wire>,
  inSources: (stack: string) => string,
): BatchReported<unknown> {
  if (reported.kind === 'threw') return { ...reported, stack: inSources(reported.stack) };
  if (reported.kind !== 'returned') return reported;
  try {
    return { kind: 'returned', value: decode(reported.value, builtins) };
  } catch {
    return { kind: 'unusable', described: 'a result that does not follow the protocol' };
  }
}

/**
 * Adds an outcome of the kind `unfinished` for each call that has no outcome. A call that hung has an outcome already,
 * and was the cause.
 */
export function withUnfinished(
  outcomes: readonly BatchReported<unknown>[],
  calls: number,
  singly: boolean,
): BatchOutcome[] {
  const isKnown = outcomes.at(-1)?.kind === 'hang';
  const missing = Array.from({ length: Math.max(0, calls - outcomes.length) }, (_, i): BatchOutcome => {
    if (isKnown) return { kind: 'unfinished', cause: 'no' };
    if (singly) return { kind: 'unfinished', cause: i === 0 ? 'yes' : 'no' };
    return { kind: 'unfinished', cause: 'maybe' };
  });
  return [...outcomes.slice(0, calls), ...missing];
}
