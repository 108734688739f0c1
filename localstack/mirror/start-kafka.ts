import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { SECOND } from '#domain/core/time.ts';
import { PARTITIONS, TOPICS } from '#domain/events/event-log-topics.ts';
import { CLUSTER_ID, fetchKafka, kafkaJava } from '../servers/install-and-start-kafka.ts';
import { freePort, startServer } from '../servers/server-process.ts';
import { LOOPBACK } from './ports-tables-and-variables.ts';

const SHARED = join(import.meta.dirname, '../kafka/server.properties');
const START_TIMEOUT_MS = 60 * SECOND;
const REQUEST_TIMEOUT_MS = SECOND;

/**
 * Starts a Kafka broker with the configuration that compose mounts, and creates the missing topics.
 *
 * @param folder for the broker's data
 */
export async function startMirrorKafka(folder: string, port: number): Promise<AsyncDisposable> {
  await fetchKafka();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'server.properties');
  writeFileSync(file, properties(folder, port, await freePort()));
  const format = kafkaJava('kafka.tools.StorageTool', 'format', '--ignore-formatted', '-t', CLUSTER_ID, '-c', file);
  const { status, stderr } = spawnSync('java', format, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Kafka's storage could not be formatted: ${stderr}`);
  const bootstrapBrokers = [`${LOOPBACK}:${port}`];
  await using started = new AsyncDisposableStack();
  const admin = new Admin({ clientId: 'mirror', bootstrapBrokers, timeout: REQUEST_TIMEOUT_MS, retries: 0 });
  try {
    started.use(
      await startServer('java', kafkaJava('kafka.Kafka', file), {
        // Until the controller has registered the broker, the metadata contain no broker.
        ready: async () => (await admin.metadata({ topics: [], forceUpdate: true })).brokers.size === 1,
        timeoutMs: START_TIMEOUT_MS,
        output: join(folder, 'output.txt'),
      }),
    );
    await makeTopics(admin);
  } finally {
    await admin.close();
  }
  return started.move();
}

/**
 * Returns the shared configuration with this machine's settings after it: of two lines with the same key, Kafka uses
 * the last.
 */
const properties = (folder: string, port: number, controller: number): string =>
  [
    readFileSync(SHARED, 'utf8'),
    '# Natively:',
    `listeners=CLIENTS://${LOOPBACK}:${port},CONTROLLER://${LOOPBACK}:${controller}`,
    `advertised.listeners=CLIENTS://${LOOPBACK}:${port}`,
    `controller.quorum.voters=1@${LOOPBACK}:${controller}`,
    `log.dirs=${join(folder, 'data')}`,
  ].join('\n');

/** Creates the missing topics, as localstack/init/topics.sh does in compose. */
async function makeTopics(admin: Admin): Promise<void> {
  const there = await admin.listTopics();
  const topics = TOPICS.filter((topic) => !there.includes(topic));
  if (topics.length > 0) await admin.createTopics({ topics, partitions: PARTITIONS, replicas: 1 });
}
