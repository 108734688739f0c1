import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedEventLog } from '#adapters/event-log/embedded.ts';
import { kafkaEventLog } from '#adapters/event-log/kafka.ts';
import { TOPICS } from '#domain/events/event-log-topics.ts';
import { gateway } from '../../../localstack/embedded/aws/api-gateway.ts';
import {
  hasKafka,
  KAFKA_INSTALL_HINT,
  type Kafka,
  startKafka,
} from '../../../localstack/servers/install-and-start-kafka.ts';
import { eventSourceContract } from '../../layers/contract-tests/event-source.ts';
import { describeWith } from '../../support/require-server.ts';

eventSourceContract('the embedded log', async () => embeddedEventLog({ path: ':memory:' }));

describeWith(
  'Kafka',
  hasKafka(),
  KAFKA_INSTALL_HINT,
)('on a real broker', () => {
  let kafka: Kafka;
  beforeAll(async () => {
    kafka = await startKafka();
  });
  afterAll(() => kafka?.[Symbol.asyncDispose]());

  /** Each test starts with empty topics and without committed offsets. */
  eventSourceContract('Kafka', async () => {
    for (const topic of TOPICS) await kafka.renewTopic(topic);
    return kafkaEventLog({ brokers: kafka.brokers });
  });
});

describe('a route whose function fails', () => {
  it('returns 500 without internal details', async () => {
    const api = gateway(async () => {
      throw new Error('a secret');
    });
    const answer = await api({ method: 'GET', path: '/v1/recommendations?userId=ann' });
    expect(answer.status).toBe(500);
    expect(answer.body).not.toContain('secret');
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'BRICK_FUNCTION_FAILED', fix: expect.any(String) });
  });
});
