import { describe, expect, it } from 'vitest';
import { httpApi } from '#adapters/api-client/http-api-with-overload-retries.ts';
import { type SimulatedShardHour, simulateShardHour } from '../../../functions/universe/live-shard/handler.ts';
import { docsRoutes } from '../../../localstack/embedded/http/api-docs-routes.ts';
import { openWorld } from '../../support/open-test-system.ts';
import { call, recordingTelemetry } from '../handler-fixture.ts';

const SHARD = { seed: 1, agents: 200, titles: 40, startAt: Date.UTC(2026, 0, 5), from: 0, to: 100 };

describe('a shard of the universe in the cloud', () => {
  it('simulates its hours over HTTP, and repeats the same events when an hour is retried', async () => {
    await using world = await openWorld();
    const { url } = await world.runtime.listen(0, docsRoutes);
    const api = httpApi({ '/v1/events': url, '/v1/recommendations': url });
    const handler = simulateShardHour({ lake: world.runtime.ports.lake, api, telemetry: recordingTelemetry() });
    const simulate = (hour: number) => call<SimulatedShardHour>(handler, { ...SHARD, hour }, 'live-shard');
    const hours = [];
    for (let hour = 0; hour < 10; hour++) hours.push(await simulate(hour));
    expect(hours.reduce((sum, { sessions }) => sum + sessions, 0)).toBeGreaterThan(0);
    expect(await simulate(9)).toEqual(hours[9]);
    const states = await world.runtime.ports.lake.list('universe/');
    expect(states).toHaveLength(10);
  });

  it('rejects an hour whose previous hour was not simulated', async () => {
    await using world = await openWorld();
    const { lake } = world.runtime.ports;
    const handler = simulateShardHour({ lake, api: world.runtime.api, telemetry: recordingTelemetry() });
    const simulate = (shard: object) => call<SimulatedShardHour>(handler, shard, 'live-shard');
    await simulate({ ...SHARD, hour: 0 });
    for (const shard of [
      { ...SHARD, hour: 2 },
      { ...SHARD, to: 200, hour: 1 },
      { ...SHARD, startAt: 0, hour: 1 },
    ]) {
      await expect(simulate(shard)).rejects.toMatchObject({ code: 'BRICK_MISSING_SHARD_STATE', retryable: false });
    }
    expect(await lake.list('universe/')).toHaveLength(1);
    await simulate({ ...SHARD, hour: 1 });
  });

  it('rejects an invalid shard, and a path that no API serves', async () => {
    const handler = simulateShardHour({ lake: {} as never, api: httpApi({}), telemetry: recordingTelemetry() });
    await expect(call(handler, { ...SHARD, hour: -1 }, 'live-shard')).rejects.toThrow();
    await expect(httpApi({ '/v1/events': 'http://127.0.0.1:1' })({ method: 'GET', path: '/other' })).rejects.toThrow(
      'no base URL',
    );
  });
});
