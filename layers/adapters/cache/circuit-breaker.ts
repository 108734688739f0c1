/** Runs work unless the circuit is open. @throws CircuitOpen, or the error of the work */
export type Breaker = <Result>(work: () => Promise<Result>) => Promise<Result>;

export class CircuitOpen extends Error {
  override readonly name = 'CircuitOpen';
  constructor(restMs: number) {
    super(`the circuit breaker rejects calls for ${restMs} ms after repeated failures`);
  }
}

interface BreakerOptions {
  /** Number of consecutive failures that open the circuit. */
  readonly failures: number;
  /** Milliseconds until an open circuit lets one trial call through. */
  readonly restMs: number;
  /** Clock in milliseconds. @default - the process's monotonic clock */
  readonly now?: () => number;
}

/**
 * Returns a circuit breaker. After several consecutive failures it rejects calls immediately, so that callers do not
 * wait for a server that is down. After `restMs` it lets one trial call through, and rejects the others until a trial
 * has succeeded.
 *
 * Source  Nygard 2007, "Release It!", chapter 5
 */
export function breaker({ failures: most, restMs, now = () => performance.now() }: BreakerOptions): Breaker {
  let failures = 0;
  let nextTrialAt = Number.NEGATIVE_INFINITY;
  return async (work) => {
    if (failures >= most) {
      if (now() < nextTrialAt) throw new CircuitOpen(restMs);
      // Rejects other calls during the trial.
      nextTrialAt = now() + restMs;
    }
    try {
      const result = await work();
      failures = 0;
      return result;
    } catch (error) {
      failures++;
      nextTrialAt = now() + restMs;
      throw error;
    }
  };
}
