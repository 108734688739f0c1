import { SECOND } from '#domain/core/time.ts';

/** Limits on concurrent requests and on waiting for clients. Times are in milliseconds. */
export interface Limits {
  /** Maximum number of requests that are served at once. A request counts once its body is complete. */
  readonly served: number;
  /** Maximum total size of request bodies in memory, bytes. */
  readonly bytes: number;
  /** Maximum number of open connections. Further ones are closed immediately. */
  readonly connections: number;
  /** Time in which a client must send its headers, and its complete request. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
}

/**
 * Default limits. Measured with them on one core at 10,000 requests/s or 60,000 events/s: admitted requests wait about
 * 50 ms, or half a second if all of them send large batches.
 */
export const LIMITS: Limits = {
  served: 512,
  bytes: 8 * 2 ** 20,
  connections: 2_048,
  headersTimeout: 5 * SECOND,
  requestTimeout: 10 * SECOND,
};

/** The resources of one admitted request. */
export interface Admitted {
  /** Reserves memory for more bytes of the body. @returns whether they fit */
  keep(bytes: number): boolean;
  /** Marks the body as complete. @returns whether the request may be served now */
  serve(): boolean;
  /** Frees the resources after the response, or if the client gave up. */
  release(): void;
}

export interface Admission {
  /** Admits a request. @returns undefined if there is no capacity, so that not even its body is read */
  admit(method?: string, path?: string): Admitted | undefined;
  /** Number of requests rejected since the start. */
  readonly shed: number;
}

/**
 * Admits as many requests as can be served soon, and rejects the others immediately.
 *
 * @param allowed returns whether the request is within the limits of its user @default - no such limits
 */
export function admission(
  { served: mostServed, bytes: mostBytes }: Pick<Limits, 'served' | 'bytes'>,
  allowed: (method: string, path: string) => boolean = () => true,
): Admission {
  let [served, bytes, shed] = [0, 0, 0];
  const turnAway = () => {
    shed++;
    return false;
  };
  const admitted = (): Admitted => {
    let [keptBytes, isServed] = [0, false];
    return {
      keep: (more) => {
        if (bytes + more > mostBytes) return turnAway();
        bytes += more;
        keptBytes += more;
        return true;
      },
      serve: () => {
        if (served >= mostServed) return turnAway();
        served++;
        isServed = true;
        return true;
      },
      release: () => {
        bytes -= keptBytes;
        if (isServed) served--;
        [keptBytes, isServed] = [0, false];
      },
    };
  };
  return {
    admit: (method = 'GET', path = '/') => {
      if (served < mostServed && bytes < mostBytes && allowed(method, path)) return admitted();
      turnAway();
      return undefined;
    },
    get shed() {
      return shed;
    },
  };
}
