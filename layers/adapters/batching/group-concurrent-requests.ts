interface PendingRequest<Request, Result> {
  readonly request: Request;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Groups concurrent requests: requests that arrive while a group is being processed form the next group. One fsync, or
 * one run of a model, therefore serves many callers. If the work fails, it fails for every request of the group.
 *
 * @param work processes a group and returns one result per request, in order
 * @param most maximum number of requests per group @default - no limit
 */
export function groupCommit<Request, Result>(
  work: (requests: readonly Request[]) => Promise<readonly Result[]>,
  most = Number.POSITIVE_INFINITY,
) {
  let pending: PendingRequest<Request, Result>[] = [];
  let running: Promise<void> | undefined;
  const run = async () => {
    // Waits for the other callers of this turn of the event loop.
    await new Promise((turn) => setImmediate(turn));
    while (pending.length > 0) {
      const group = pending.slice(0, most);
      pending = pending.slice(most);
      try {
        const results = await work(group.map(({ request }) => request));
        group.forEach(({ resolve }, i) => void resolve(results[i] as Result));
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    running = undefined;
  };
  return {
    /** Adds a request to the next group and resolves with its result. */
    add: (request: Request) =>
      new Promise<Result>((resolve, reject) => {
        pending.push({ request, resolve, reject });
        running ??= run();
      }),
    /** Resolves when no request is pending. */
    idle: async (): Promise<void> => running,
  };
}
