import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { environmentWith } from '#adapters/config.ts';
import { kafkaEventLog } from '#adapters/event-log/kafka.ts';
import { TOPICS } from '#domain/topics.ts';
import type { EventLog } from '#ports/event-log.ts';
import { type Kafka, startKafka } from '../../test/servers/kafka.ts';
import { startMiniStack } from '../../test/servers/ministack.ts';
import { startRedis } from '../../test/servers/redis.ts';
import { startBackground } from '../embedded/background.ts';
import { eventSource } from '../embedded/event-source.ts';
import type { InvokeFunction } from '../embedded/gateway.ts';
import { emulatedCdk } from './cdk.ts';
import { type Cloud, emulatedCloud } from './cloud.ts';
import { router } from './router.ts';

/**
 * A whole AgentBricks on an emulated AWS (MiniStack), beside real Kafka and Redis, all on 127.0.0.1. It is there once
 * `emulatedAws()` resolves, with every stack deployed, and gone once it is disposed of:
 *
 *     await using aws = await emulatedAws();
 *     await fetch(`${aws.baseUrl}/v1/recommendations?userId=u-1`);
 */
export interface EmulatedAws extends AsyncDisposable {
  /** Base URL of both public APIs: `POST /v1/events` and `GET /v1/recommendations`. */
  readonly baseUrl: string;
  /** Of the emulated AWS itself: what AWS_ENDPOINT_URL is set to. */
  readonly endpoint: string;
  /** Variables for a command or an SDK that talks to it: endpoint, region and credentials. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cdk: ReturnType<typeof emulatedCdk>;
  readonly cloud: Cloud;
  readonly eventLog: EventLog;
  /** Invokes a deployed function, as its trigger would. */
  readonly invoke: InvokeFunction;
  /** Delivers what lies in the event log to its consumers; it also happens by itself, all the time. */
  settle(): Promise<void>;
}

export interface EmulatedAwsOptions {
  /** Told of each step and of each failure in the background. @default - nobody */
  readonly onStep?: (step: string) => void;
  /** Pause between two deliveries, milliseconds. */
  readonly deliverEvery?: number;
}

const FOLDER = resolve('.agentbricks/emulated');
const REGION = 'eu-west-1';
/** What an emulator takes for credentials. */
const KEY = 'test';

/** Starts the servers, synthesises the app for them, and deploys every stack. */
export async function emulatedAws({ onStep = () => {}, deliverEvery }: EmulatedAwsOptions = {}): Promise<EmulatedAws> {
  await using started = new AsyncDisposableStack();
  // Below the repository, so that a function finds the packages that on AWS come with the runtime and the layers.
  const folder = started.adopt(temporaryFolder(), (path) => rmSync(path, { recursive: true, force: true }));
  onStep('starting Kafka, Redis and MiniStack');
  const kafka = started.use(await startKafka());
  const redis = started.use(await startRedis());
  const { endpoint } = started.use(await startMiniStack(serverEnvironment(folder), join(folder, 'ministack.log')));
  const environment = environmentOf(endpoint);
  await createTopics(kafka);
  const cloud = started.use(emulatedCloud({ endpoint, region: REGION, key: KEY }));
  const apis = started.use(await router(cloud.apiUrl));
  const cdk = emulatedCdk({ assembly: join(folder, 'cdk.out'), environment });
  onStep('synthesising the app');
  const cacheUrl = `redis://127.0.0.1:${redis.port}`;
  await cdk.synth({ brokers: kafka.brokers.join(','), cacheUrl, apiUrl: apis.url });
  onStep('deploying every stack');
  await cdk.bootstrap();
  await cdk.deploy();
  const eventLog = started.use(kafkaEventLog({ brokers: kafka.brokers }));
  const { invoke } = cloud;
  const consumers = eventSource({ eventLog, invoke });
  const settle = (...only: Parameters<typeof consumers.drain>) => consumers.drain(...only);
  started.use(
    startBackground(
      { settle, invoke },
      { deliverEvery, onError: (work, error) => onStep(`${work}: ${String(error)}`) },
    ),
  );
  const running = started.move();
  return {
    baseUrl: apis.url,
    endpoint,
    environment,
    cdk,
    cloud,
    eventLog,
    invoke,
    settle: () => settle(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function temporaryFolder(): string {
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(FOLDER, 'run-'));
  // The emulator's own scripts are no modules, and the repository's package.json says that all here are.
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}');
  return folder;
}

/** Functions run with the Node.js that runs this, and not with the first on the machine's path. */
const serverEnvironment = (folder: string) => ({
  TMPDIR: folder,
  PATH: `${dirname(process.execPath)}:${environmentWith({}).PATH}`,
});

const environmentOf = (endpoint: string) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_ENDPOINT_URL_S3: endpoint,
  AWS_ACCESS_KEY_ID: KEY,
  AWS_SECRET_ACCESS_KEY: KEY,
  AWS_REGION: REGION,
  AWS_DEFAULT_REGION: REGION,
  // cdklocal forgets what is not named here.
  AWS_ENVAR_ALLOWLIST: 'AWS_REGION,AWS_DEFAULT_REGION',
  AWS_S3_FORCE_PATH_STYLE: '1',
  // No container is built: it would be Batch that runs it.
  CDK_DOCKER: 'true',
});

async function createTopics(kafka: Kafka): Promise<void> {
  for (const topic of TOPICS) await kafka.createTopic(topic);
}
