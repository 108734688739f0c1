import middy from '@middy/core';
import { type ObservedContext, observed } from '#adapters/lambda/record-handler-metrics-and-correlation-id.ts';
import type { Ports } from '#ports/index.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import { type GeneratedDay, generateShard, Shard } from './generate-shard.ts';

/**
 * Generates one shard of a universe without the recommendation service, and writes it to the lake under
 * `universe/<seed>/`. A Distributed Map of Step Functions runs thousands of shards. A retry resumes after the last
 * complete day.
 */
export const generate = ({ lake, telemetry }: Pick<Ports, 'lake' | 'telemetry'>) =>
  middy()
    .use(observed<Shard, readonly GeneratedDay[]>(telemetry, 'generate-shard'))
    .handler(async (input: unknown, { invocation }: ObservedContext): Promise<readonly GeneratedDay[]> => {
      const shard = Shard.parse(input);
      const days: GeneratedDay[] = [];
      for await (const day of generateShard(shard, { store: under(lake, `universe/${shard.seed}`) })) days.push(day);
      invocation.count(
        'Generated',
        days.reduce((sum, { events }) => sum + events, 0),
      );
      return days;
    });

const under = (store: ObjectStore, folder: string): Pick<ObjectStore, 'get' | 'put'> => ({
  get: (key) => store.get(`${folder}/${key}`),
  put: (key, bytes) => store.put(`${folder}/${key}`, bytes),
});
