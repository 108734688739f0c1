interface Waiting<Request, Result> {
  readonly request: Request;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One piece of work at a time; whatever is asked for meanwhile shares the next, so that one fsync, or one run of a model,
 * serves many callers. Work that fails, fails for everyone who shared it.
 *
 * @param work answers with one result per request
 * @param most requests that may share one @default - all that wait
 */
export function groupCommit<Request, Result>(
  work: (requests: readonly Request[]) => Promise<readonly Result[]>,
  most = Number.POSITIVE_INFINITY,
) {
  let waiting: Waiting<Request, Result>[] = [];
  let running: Promise<void> | undefined;
  const run = async () => {
    // The rest of this turn of the event loop comes along.
    await new Promise((turn) => setImmediate(turn));
    while (waiting.length > 0) {
      const group = waiting.slice(0, most);
      waiting = waiting.slice(most);
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
    add: (request: Request) =>
      new Promise<Result>((resolve, reject) => {
        waiting.push({ request, resolve, reject });
        running ??= run();
      }),
    /** Resolves once nothing waits. */
    idle: async (): Promise<void> => running,
  };
}
