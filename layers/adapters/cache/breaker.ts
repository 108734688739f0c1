/** Runs work, or refuses to. @throws what the work throws, or CircuitOpen */
export type Breaker = <Result>(work: () => Promise<Result>) => Promise<Result>;

export class CircuitOpen extends Error {
  override readonly name = 'CircuitOpen';
  constructor(restMs: number) {
    super(`it failed again and again, and is left alone for ${restMs} ms`);
  }
}

interface BreakerOptions {
  /** In a row, until it is left alone. */
  readonly failures: number;
  /** Milliseconds until one caller tries again. */
  readonly restMs: number;
  /** Milliseconds of real time. @default - since the process began */
  readonly now?: () => number;
}

/**
 * A circuit breaker: what fails again and again is not asked again for a while, so that callers do not wait for it. Then one of them
 * tries; all the others are refused until that one has its answer.
 *
 * Source  Nygard 2007, "Release It!", chapter 5
 */
export function breaker({ failures: most, restMs, now = () => performance.now() }: BreakerOptions): Breaker {
  let failures = 0;
  let tryAgainAt = Number.NEGATIVE_INFINITY;
  return async (work) => {
    if (failures >= most) {
      if (now() < tryAgainAt) throw new CircuitOpen(restMs);
      // Whoever comes while this one tries is refused.
      tryAgainAt = now() + restMs;
    }
    try {
      const result = await work();
      failures = 0;
      return result;
    } catch (error) {
      failures++;
      tryAgainAt = now() + restMs;
      throw error;
    }
  };
}
