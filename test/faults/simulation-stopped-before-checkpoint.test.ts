import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE } from '#domain/core/time.ts';
import type { Api } from '#domain/events/collect-and-recommend-contract.ts';
import { CITY_STARTS_AT, restoreUniverse, simulateUntil } from '../../localstack/embedded/city/simulate-until.ts';
import { eventLogHash } from '../../localstack/embedded/city/state/event-log-hash.ts';
import { simulatedClock } from '../../localstack/embedded/city/state/simulated-clock.ts';
import { openRuntime } from '../../localstack/embedded/host/open-runtime.ts';

const SIZE = { seed: 7, agents: 300, titles: 80, days: 1 };
const HOURS = 20;
const ROUNDS = 6;
/** Number of batches, one per hour, that a run posts before it is interrupted. */
const LASTS = 3;

describe('a simulation that is interrupted after posting an hour and before its checkpoint', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-cut-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Simulates to the end. After `lasts` batches, the response to the next one gets lost and the simulation stops. */
  const liveOnce = async (home: string, lasts = Number.POSITIVE_INFINITY): Promise<string> => {
    const dataDir = join(folder, home);
    const clock = simulatedClock(CITY_STARTS_AT);
    const settings = { policy: 'popular', holdbackShare: 0 } as const;
    await using runtime = await openRuntime({ dataDir, now: clock.now, settings });
    let posted = 0;
    const api: Api = async (request) => {
      const answer = await runtime.api(request);
      if (request.method === 'POST' && ++posted > lasts) throw new Error('cut');
      return answer;
    };
    const restored = restoreUniverse(SIZE, dataDir);
    await simulateUntil({ runtime: { ...runtime, api }, clock, dataDir, restored, untilHour: HOURS });
    return eventLogHash(runtime.ports.eventLog);
  };

  it(
    'simulates that hour again as if its events had never been posted',
    async () => {
      const alone = await liveOnce('alone');
      for (let round = 0; round < ROUNDS; round++) {
        await expect(liveOnce('cut', LASTS)).rejects.toThrow('cut');
      }
      expect(await liveOnce('cut')).toBe(alone);
    },
    2 * MINUTE,
  );
});
