import { MINUTE } from '#domain/core/time.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { embeddedWorld } from '../../../bin/parity/open-embedded-world.ts';
import { tastes } from './one-genre-fans.ts';

/**
 * Writes events of a past day into a lake. An embedded runtime with another clock ingests and archives them, because
 * the emulator's clock cannot be set.
 *
 * @param start time of the first batch of `tastes`, UTC epoch milliseconds; the other batches follow, one per minute
 */
export async function liveAt(start: number, lake: Pick<ObjectStore, 'put'>): Promise<void> {
  let now = start;
  await using world = await embeddedWorld('another day', () => now);
  for (const events of tastes(() => now)) {
    const headers = { 'content-type': 'application/json' };
    const request = { method: 'POST', headers, body: JSON.stringify({ events }) };
    const answer = await fetch(`${world.baseUrl}/v1/events`, request);
    if (!answer.ok) throw new Error(`the events were not accepted: ${await answer.text()}`);
    now += MINUTE;
  }
  await world.settle();
  for (const { key } of await world.stores.lake.list('lake/')) {
    await lake.put(key, (await world.stores.lake.get(key)) as Uint8Array);
  }
}
