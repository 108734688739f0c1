import { useEffect, useState } from 'preact/hooks';
import type { AgentDay } from '../../live-message-types.ts';

export interface Watched {
  readonly day?: AgentDay;
  /** Whether the server has no day of an agent with the requested id. */
  readonly isMissing: boolean;
}

/** Returns an agent's day, and fetches it again whenever `hour` changes. */
export function useAgentDay(userId: string | undefined, hour: number | undefined): Watched {
  const [watched, setWatched] = useState<Watched>({ isMissing: false });
  useEffect(() => {
    if (userId === undefined || hour === undefined) return;
    const request = new AbortController();
    fetchDay(userId, request.signal).then(setWatched, () => undefined);
    return () => request.abort();
  }, [userId, hour]);
  return watched;
}

async function fetchDay(userId: string, signal: AbortSignal): Promise<Watched> {
  const answer = await fetch(`/v1/agents/${encodeURIComponent(userId)}/day`, { signal });
  return answer.ok ? { day: (await answer.json()) as AgentDay, isMissing: false } : { isMissing: true };
}
