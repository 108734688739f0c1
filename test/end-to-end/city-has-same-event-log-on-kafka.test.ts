import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TOPICS } from '#domain/events/event-log-topics.ts';
import { hasKafka, KAFKA_INSTALL_HINT, startKafka } from '../../localstack/servers/install-and-start-kafka.ts';
import { agentbricksIn } from '../bin/run-command.ts';
import { describeWith } from '../support/require-server.ts';

const SMALL = ['--agents', '150', '--titles', '60', '--days', '1', '--seed', '7', '--json'];

describeWith(
  'Kafka',
  hasKafka(),
  KAFKA_INSTALL_HINT,
)('a city on Kafka', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agentbricks-city-on-kafka-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('has the same event log as on the embedded log', async () => {
    await using kafka = await startKafka();
    for (const topic of TOPICS) await kafka.createTopic(topic);
    const live = async (home: string, env: NodeJS.ProcessEnv) => {
      const { status, stdout, stderr } = await agentbricksIn(env, 'simulate', '--home', join(folder, home), ...SMALL)
        .ended;
      expect(status, stderr).toBe(0);
      return (JSON.parse(stdout) as { eventLogHash: string }).eventLogHash;
    };
    const onKafka = await live('kafka', { EVENT_LOG: 'kafka', KAFKA_BROKERS: kafka.brokers.join(',') });
    expect(onKafka).toBe(await live('embedded', {}));
  });
});
