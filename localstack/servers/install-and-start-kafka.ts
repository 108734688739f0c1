import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Admin } from '@platformatic/kafka';
import { FolderInUse, lockFolder } from '#adapters/sqlite/folder-lock.ts';
import { SECOND } from '#domain/core/time.ts';
import { PARTITIONS } from '#domain/events/event-log-topics.ts';
import { freePort, isInstalled, type Server, startServer } from './server-process.ts';

const VERSION = '4.4.0';
const FOLDER = resolve('.agentbricks/test-tools/kafka');
const JARS = join(FOLDER, `jars-${VERSION}`);
const OLDEST_JAVA = 17;
/** Cluster id: 16 bytes in base64url. */
export const CLUSTER_ID = 'AgentBricksTestsXXXXXX';
const RETRY_MS = 500;
const START_TIMEOUT_MS = 45_000;
const PROBE_MS = 1_000;
/** JVM options for a small heap and fast startup, because a test's broker runs only for seconds. */
const JVM = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx512m'];
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>agentbricks</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>`;

export const KAFKA_INSTALL_HINT = 'On Debian: apt install openjdk-17-jre-headless maven.';

/** Whether an Apache Kafka broker can be started on this machine. */
export const hasKafka = (): boolean => javaVersion() >= OLDEST_JAVA && (existsSync(JARS) || isInstalled('mvn'));

const javaVersion = (): number =>
  Number(spawnSync('java', ['-version'], { encoding: 'utf8' }).stderr?.match(/version "(\d+)/)?.[1] ?? 0);

/** A separate broker that can be killed, paused and restarted. */
export interface Kafka extends AsyncDisposable {
  readonly brokers: readonly string[];
  /**
   * Address of the same broker for clients with a token (OAUTHBEARER). It accepts any JSON Web Token, even an unsigned
   * one.
   */
  readonly saslBrokers: readonly string[];
  createTopic(name: string, partitions?: number): Promise<void>;
  /** Deletes and recreates a topic, together with its consumers' offsets. */
  renewTopic(name: string): Promise<void>;
  /** Sends SIGKILL. */
  kill(): Promise<void>;
  /** Starts the broker again on the same port and data. */
  restart(): Promise<void>;
  /** Sends SIGSTOP: the broker keeps its connections but does not respond. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

/**
 * Starts a broker.
 *
 * @param bearerSeconds session length of clients on `saslBrokers`, after which they must authenticate again
 */
export async function startKafka(bearerSeconds = 60): Promise<Kafka> {
  await fetchKafka();
  const folder = mkdtempSync(join(tmpdir(), 'agentbricks-kafka-'));
  const ports = { broker: await freePort(), controller: await freePort(), sasl: await freePort() };
  const brokers = [`127.0.0.1:${ports.broker}`];
  writeFileSync(join(folder, 'server.properties'), properties(folder, ports, bearerSeconds).join('\n'));
  const format = ['format', '--standalone', '-t', CLUSTER_ID, '-c', join(folder, 'server.properties')];
  const formatted = spawnSync('java', kafkaJava('kafka.tools.StorageTool', ...format), { encoding: 'utf8' });
  if (formatted.status !== 0) throw new Error(`Kafka's storage could not be formatted: ${formatted.stderr}`);
  const admin = new Admin({ clientId: 'tests', bootstrapBrokers: brokers, timeout: PROBE_MS, retries: 0 });
  const start = () =>
    startServer('java', kafkaJava('kafka.Kafka', join(folder, 'server.properties')), {
      // Until the controller has registered the broker, the metadata contain no broker.
      ready: async () => (await admin.metadata({ topics: [], forceUpdate: true })).brokers.size === 1,
      timeoutMs: START_TIMEOUT_MS,
      output: join(folder, 'output.txt'),
    });
  let server: Server = await start();
  const createTopic = async (name: string, partitions = PARTITIONS) =>
    void (await admin.createTopics({ topics: [name], partitions, replicas: 1 }));
  return {
    brokers,
    saslBrokers: [`127.0.0.1:${ports.sasl}`],
    createTopic,
    renewTopic: async (name) => {
      if ((await admin.listTopics()).includes(name)) await admin.deleteTopics({ topics: [name] });
      await createTopic(name);
    },
    kill: () => server.signal('SIGKILL'),
    restart: async () => {
      server = await start();
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      await admin.close();
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Returns the arguments of `java` that run one of Kafka's programs. */
export const kafkaJava = (main: string, ...args: readonly string[]): string[] => {
  const path = readdirSync(JARS).map((jar) => join(JARS, jar));
  return [...JVM, '-cp', path.join(':'), main, ...args];
};

interface Ports {
  readonly broker: number;
  readonly controller: number;
  readonly sasl: number;
}

/**
 * Returns the configuration of one node that is broker and controller. It accepts records with any timestamp, because
 * simulations have their own clocks.
 */
const properties = (folder: string, ports: Ports, bearerSeconds: number): string[] => [
  'process.roles=broker,controller',
  'node.id=1',
  `listeners=BROKER://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller},SASL://127.0.0.1:${ports.sasl}`,
  'listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT',
  'controller.listener.names=CONTROLLER',
  'inter.broker.listener.name=BROKER',
  `controller.quorum.bootstrap.servers=127.0.0.1:${ports.controller}`,
  'listener.name.sasl.sasl.enabled.mechanisms=OAUTHBEARER',
  'listener.name.sasl.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
  `listener.name.sasl.oauthbearer.connections.max.reauth.ms=${bearerSeconds * SECOND}`,
  `log.dirs=${join(folder, 'data')}`,
  'auto.create.topics.enable=false',
  'log.retention.ms=-1',
  `log.message.timestamp.after.max.ms=${2n ** 63n - 1n}`,
  'group.initial.rebalance.delay.ms=0',
  // A short session timeout, so that a killed broker can register again soon.
  'broker.heartbeat.interval.ms=500',
  'broker.session.timeout.ms=3000',
  ...['offsets.topic', 'transaction.state.log', 'share.coordinator.state.topic'].flatMap((name) => [
    `${name}.num.partitions=1`,
    `${name}.replication.factor=1`,
  ]),
  'transaction.state.log.min.isr=1',
  'share.coordinator.state.topic.min.isr=1',
];

/** Downloads Kafka's jars with Maven, once per machine. */
export async function fetchKafka(): Promise<void> {
  while (!existsSync(JARS)) {
    try {
      const lock = lockFolder(FOLDER);
      if (!existsSync(JARS)) copyJars();
      lock.release();
    } catch (error) {
      // Another test is downloading them.
      if (!(error instanceof FolderInUse)) throw error;
      await sleep(RETRY_MS);
    }
  }
}

function copyJars(): void {
  const [pom, partial] = [join(FOLDER, 'pom.xml'), `${JARS}.partial`];
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  writeFileSync(pom, POM);
  const args = ['-q', '-B', '-f', pom, COPY, '-DincludeScope=runtime', `-DoutputDirectory=${partial}`];
  const { status, stdout } = spawnSync('mvn', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Maven could not fetch Kafka: ${stdout}`);
  renameSync(partial, JARS);
}
