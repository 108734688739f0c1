import { SECOND } from '#domain/core/time.ts';

/** How much the server takes on at once, and how long it waits for a client. Times in milliseconds. */
export interface Limits {
  /** Requests that were received whole and not answered yet. */
  readonly served: number;
  /** Bytes of all bodies in memory. */
  readonly bytes: number;
  /** Open connections; one more is closed at once. */
  readonly connections: number;
  /** A client has this long to send its headers, and its whole request. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
}

/**
 * Measured on one core at 10,000 requests/s or 60,000 events/s: who is let in waits for about 50 ms, or for half a
 * second when all send large batches.
 */
export const LIMITS: Limits = {
  served: 512,
  bytes: 8 * 2 ** 20,
  connections: 2_048,
  headersTimeout: 5 * SECOND,
  requestTimeout: 10 * SECOND,
};

/** One request's share of what is admitted. */
export interface Admitted {
  /** @returns whether so many bytes more may be kept in memory */
  keep(bytes: number): boolean;
  /** The body is whole. @returns whether it may be served now */
  serve(): boolean;
  /** The request was answered, or given up. */
  release(): void;
}

export interface Admission {
  /** Undefined when there is no room, so that not even the body is read. */
  admit(): Admitted | undefined;
  /** Requests turned away since the start. */
  readonly shed: number;
}

/** Lets as many in as can be served soon, and turns the others away at once. */
export function admission({ served: mostServed, bytes: mostBytes }: Pick<Limits, 'served' | 'bytes'>): Admission {
  let [served, bytes, shed] = [0, 0, 0];
  const turnAway = () => {
    shed++;
    return false;
  };
  const admitted = (): Admitted => {
    let [kept, isServed] = [0, false];
    return {
      keep: (more) => {
        if (bytes + more > mostBytes) return turnAway();
        bytes += more;
        kept += more;
        return true;
      },
      serve: () => {
        if (served >= mostServed) return turnAway();
        served++;
        isServed = true;
        return true;
      },
      release: () => {
        bytes -= kept;
        if (isServed) served--;
        [kept, isServed] = [0, false];
      },
    };
  };
  return {
    admit: () => {
      if (served < mostServed && bytes < mostBytes) return admitted();
      turnAway();
      return undefined;
    },
    get shed() {
      return shed;
    },
  };
}
