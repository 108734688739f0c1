import { setTimeout } from 'node:timers/promises';
import { StorageFull } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import { pauseBeforeRetry } from './pause-before-retry.ts';

/** Errors of the operating system that end when space or file descriptors become free, or the disk is repaired. */
const PASSING_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE', 'EIO', 'EBUSY']);
/** HTTP statuses of a service that is overloaded, lacks a store, or is too slow. */
const PASSING_STATUSES: ReadonlySet<unknown> = new Set([429, 503, 504]);

/** Work that failed because of a passing fault, and that waits before it retries. */
export interface Pause {
  /** Number of attempts that have failed in succession. */
  readonly attempts: number;
  /** Wall-clock time of the first failure, UTC epoch milliseconds. */
  readonly since: number;
  /** Why the last attempt failed. */
  readonly error: string;
}

export interface RetryOptions {
  /** Called after each failed attempt, and with undefined when an attempt has succeeded after a failed one. */
  readonly onPaused?: (pause: Pause | undefined) => void;
  /** Stops waiting. */
  readonly signal?: AbortSignal;
  /** Pauses, for tests. @param attempts number of failed attempts @default - 0.1 s to 30 s, by the number of attempts */
  readonly pause?: (attempts: number) => Promise<unknown>;
}

/** Returns whether an error may end without a change of the program: the disk is full or read-only, or the machine is busy. */
export function isPassingFault(error: unknown): boolean {
  if (error instanceof StorageFull) return true;
  const { code, status } = (error ?? {}) as { code?: unknown; status?: unknown };
  return PASSING_CODES.has(code) || PASSING_STATUSES.has(status);
}

/**
 * Runs `work`, and repeats it as long as it fails because of a passing fault. A full disk or a busy machine therefore
 * stops nothing for good: the work continues when there is space or time again.
 *
 * @param work must have no lasting effect if it fails, or undo this effect when it starts again
 * @throws every error that is not a passing fault; the signal's reason when it is aborted
 */
export async function retryPassingFaults<Result>(
  work: () => Result | Promise<Result>,
  { onPaused, signal, pause = (attempts) => waitFor(attempts, signal) }: RetryOptions = {},
): Promise<Result> {
  let paused: Pause | undefined;
  for (;;) {
    try {
      const result = await work();
      if (paused) onPaused?.(undefined);
      return result;
    } catch (error) {
      if (signal?.aborted || !isPassingFault(error)) throw error;
      const [attempts, since] = [(paused?.attempts ?? 0) + 1, paused?.since ?? Date.now()];
      paused = { attempts, since, error: (error as Error).message };
      onPaused?.(paused);
      await pause(attempts);
    }
  }
}

const waitFor = (attempts: number, signal?: AbortSignal) =>
  setTimeout(pauseBeforeRetry(attempts, Math.random()), undefined, { signal });
