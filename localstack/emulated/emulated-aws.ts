import { join } from 'node:path';
import { kafkaEventLog } from '#adapters/event-log/kafka.ts';
import type { EventLog } from '#ports/event-log.ts';
import type { ProfileName } from '../../lib/profiles.ts';
import type { InvokeFunction } from '../embedded/aws/api-gateway.ts';
import { eventSource } from '../embedded/aws/event-source-mapping.ts';
import { type Background, startBackground } from '../embedded/host/background-triggers.ts';
import { type Inventory, inventory } from './account-inventory.ts';
import { router } from './api-proxy.ts';
import { emulatedCdk } from './cdk/cdk-cli.ts';
import { type Cloud, emulatedCloud } from './deployed-resources.ts';
import { environmentOf, settingsOf } from './emulator-credentials.ts';
import { startServers } from './start-servers.ts';
import { trainWorker } from './training/batch-worker.ts';
import type { TrainerPython } from './training/trainer-python.ts';

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
  /** Of the Redis beside it. */
  readonly cacheUrl: string;
  readonly cdk: ReturnType<typeof emulatedCdk>;
  readonly cloud: Cloud;
  readonly inventory: Inventory;
  readonly eventLog: EventLog;
  /** Invokes a deployed function, as its trigger would. */
  readonly invoke: InvokeFunction;
  /** Delivers what lies in the event log to its consumers; it also happens by itself, all the time. */
  settle(): Promise<void>;
}

export interface EmulatedAwsOptions {
  /** @default - the learner's */
  readonly profile?: ProfileName;
  /** Told of each step and of each failure in the background. @default - nobody */
  readonly onStep?: (step: string) => void;
  /** Pause between two deliveries, milliseconds. */
  readonly deliverEvery?: number;
  /** What the trainer runs on (trainer-python.ts). @default - a pipeline fails at the state Train */
  readonly python?: () => Promise<TrainerPython>;
}

/** Starts the servers, synthesises the app for them, and deploys every stack. */
export async function emulatedAws(options: EmulatedAwsOptions = {}): Promise<EmulatedAws> {
  const { profile = 'learner', onStep = () => {}, python } = options;
  await using started = new AsyncDisposableStack();
  onStep('starting Kafka, Redis and MiniStack');
  const { endpoint, brokers, cacheUrl, folder } = started.use(await startServers());
  const [settings, environment] = [settingsOf(endpoint), environmentOf(endpoint)];
  const cloud = started.use(emulatedCloud(settings));
  const apis = started.use(await router({ target: cloud.apiUrl, credentials: cloud.credentials }));
  const worker = started.use(await trainWorker({ cloud, settings, environment, python, onLine: onStep }));
  const cdk = emulatedCdk({ assembly: join(folder, 'cdk.out'), environment });
  onStep('synthesising the app');
  const surroundings = { brokers: brokers.join(','), cacheUrl, apiUrl: apis.url, trainerQueue: worker.queueUrl };
  await cdk.synth(profile, surroundings);
  onStep('deploying every stack');
  await cdk.bootstrap();
  await cdk.deploy();
  const eventLog = started.use(kafkaEventLog({ brokers }));
  const { invoke } = cloud;
  const { settle, background } = consumers(eventLog, invoke, options);
  started.use(background);
  const running = started.move();
  return {
    ...{
      baseUrl: apis.url,
      endpoint,
      environment,
      cacheUrl,
      cdk,
      cloud,
      inventory: inventory(settings),
      eventLog,
      invoke,
      settle,
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** MSK's event sources and the Scheduler: the embedded runtime's own, with deployed functions behind them. */
function consumers(eventLog: EventLog, invoke: InvokeFunction, { onStep, deliverEvery }: EmulatedAwsOptions) {
  const source = eventSource({ eventLog, invoke });
  const background: Background = startBackground(
    { settle: (...only) => source.drain(...only), invoke },
    { deliverEvery, onError: (work, error) => onStep?.(`${work}: ${String(error)}`) },
  );
  return { background, settle: () => source.drain() };
}
