/** Runs `work` when no earlier call with one of the same ids runs. */
export type TakeTurns = <Result>(ids: readonly string[], work: () => Promise<Result>) => Promise<Result>;

/**
 * Returns a function that reserves event ids in the memory of this process, so that concurrent calls with the same id
 * run one after another, in the order of their arrival. Without it, each of them would look up the id before another
 * one has stored it, and all would append the event.
 *
 * Never   changes what a call returns or throws; keeps an id after its last call has ended
 */
export function turnsPerEventId(): TakeTurns {
  /** Id → the last call that has reserved it. */
  const last = new Map<string, Promise<unknown>>();
  return async (ids, work) => {
    const earlier = new Set(ids.flatMap((id) => last.get(id) ?? []));
    const mine = afterAll(earlier, work);
    for (const id of ids) last.set(id, mine);
    try {
      return await mine;
    } finally {
      for (const id of ids) if (last.get(id) === mine) last.delete(id);
    }
  };
}

/** Runs `work` after other calls have ended, whether or not they failed. Each waits only for earlier ones, so none waits forever. */
async function afterAll<Result>(earlier: ReadonlySet<Promise<unknown>>, work: () => Promise<Result>): Promise<Result> {
  if (earlier.size > 0) await Promise.allSettled(earlier);
  return await work();
}
