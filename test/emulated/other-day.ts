import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MINUTE } from '#domain/time.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { openRuntime } from '../../localstack/embedded/runtime.ts';
import { tastes } from './taste.ts';

/**
 * Puts into a lake what was taken in on another day: an embedded runtime whose clock says so takes it in and archives it. An
 * emulator has no clock to set, and what it takes in it knows since today.
 *
 * @param start UTC epoch milliseconds; a batch of `tastes` each minute from then on
 */
export async function liveAt(start: number, lake: Pick<ObjectStore, 'put'>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'agentbricks-other-day-'));
  try {
    let now = start;
    await using runtime = await openRuntime({ dataDir, now: () => now });
    const { url } = await runtime.listen(0);
    for (const events of tastes(() => now)) {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify({ events }) });
      if (!answer.ok) throw new Error(`the events were not taken in: ${await answer.text()}`);
      now += MINUTE;
    }
    await runtime.settle();
    for (const { key } of await runtime.ports.lake.list('lake/')) {
      await lake.put(key, (await runtime.ports.lake.get(key)) as Uint8Array);
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}
