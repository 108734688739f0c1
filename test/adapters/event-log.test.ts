import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedEventLog } from '#adapters/event-log/embedded.ts';
import { kafkaEventLog } from '#adapters/event-log/kafka.ts';
import { eventLogContract } from '../contracts/event-log.ts';
import { describeWith } from '../requirement.ts';
import { HOW_KAFKA, hasKafka, type Kafka, startKafka } from '../servers/kafka.ts';

const folder = mkdtempSync(join(tmpdir(), 'agentbricks-log-'));
afterAll(() => rmSync(folder, { recursive: true }));
let serial = 0;

eventLogContract('the embedded log', async () => embeddedEventLog({ path: join(folder, `${++serial}.sqlite`) }));

describe('the embedded log', () => {
  it('holds after it was opened again what it held before', async () => {
    const path = join(folder, 'again.sqlite');
    {
      await using log = embeddedEventLog({ path });
      await log.append('t', [{ key: 'a', value: 'kept', timestamp: 1 }]);
      await log.commit('g', 't', { partition: 0, offset: 3 });
    }
    await using log = embeddedEventLog({ path });
    const found = [];
    for (const { partition, first, next } of await log.partitions('t')) {
      if (next > first) found.push(...(await log.read('t', { partition, offset: first }, 10)));
    }
    expect(found.map(({ value }) => value)).toEqual(['kept']);
    expect(await log.committed('g', 't')).toEqual(new Map([[0, 3]]));
  });
});

describeWith(
  'Kafka',
  hasKafka(),
  HOW_KAFKA,
)('on a real broker', () => {
  let kafka: Kafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(() => kafka?.[Symbol.asyncDispose]());

  const open = async () => kafkaEventLog({ brokers: kafka.brokers });
  eventLogContract('Kafka', open, (topic) => kafka.createTopic(topic));
});
