import { join } from 'node:path';
import { kafkaEventLog } from '#adapters/event-log/kafka.ts';
import type { EventLog } from '#ports/event-log.ts';
import type { ProfileName } from '../../lib/deployment-profiles.ts';
import type { InvokeFunction } from '../embedded/aws/api-gateway.ts';
import { eventSource } from '../embedded/aws/event-source-mapping.ts';
import { type Background, startBackground } from '../embedded/host/background-triggers.ts';
import { type Inventory, inventory } from './account-inventory.ts';
import { apiProxy } from './api-proxy-that-adds-credentials.ts';
import { emulatedCdk } from './cdk/run-cdk-against-emulator.ts';
import { environmentOf, settingsOf } from './emulator-client-settings.ts';
import { type Cloud, emulatedCloud } from './find-and-call-deployed-resources.ts';
import { startServers } from './start-ministack-kafka-and-redis.ts';
import { trainWorker } from './training/batch-worker.ts';
import type { TrainerPython } from './training/prepare-trainer-python.ts';

/**
 * The complete system on an emulated AWS (MiniStack), with real Kafka and Redis, all on 127.0.0.1. All stacks are
 * deployed once `emulatedAws()` resolves, and deleted when the result is disposed:
 *
 *     await using aws = await emulatedAws();
 *     await fetch(`${aws.baseUrl}/v1/recommendations?userId=u-1`);
 */
export interface EmulatedAws extends AsyncDisposable {
  /** Base URL of both public APIs: `POST /v1/events` and `GET /v1/recommendations`. */
  readonly baseUrl: string;
  /** URL of the emulated AWS, the value for AWS_ENDPOINT_URL. */
  readonly endpoint: string;
  /** Environment variables with which commands and SDKs use the emulated AWS: endpoint, region and credentials. */
  readonly environment: Readonly<Record<string, string>>;
  /** URL of the Redis server. */
  readonly cacheUrl: string;
  readonly cdk: ReturnType<typeof emulatedCdk>;
  readonly cloud: Cloud;
  readonly inventory: Inventory;
  readonly eventLog: EventLog;
  /** Invokes a deployed function, as its trigger would. */
  readonly invoke: InvokeFunction;
  /** Delivers the records in the event log to their consumers now. This also happens continuously in the background. */
  settle(): Promise<void>;
}

export interface EmulatedAwsOptions {
  /** Profile to deploy. @default - learner */
  readonly profile?: ProfileName;
  /** Called for each step and for each failure in the background. @default - ignored */
  readonly onStep?: (step: string) => void;
  /** Pause between two deliveries, milliseconds. */
  readonly deliverEvery?: number;
  /** Python for the trainer (prepare-trainer-python.ts). @default - the pipeline fails at the state Train */
  readonly python?: () => Promise<TrainerPython>;
}

/** Starts the servers, synthesises the app for them, and deploys all stacks. */
export async function emulatedAws(options: EmulatedAwsOptions = {}): Promise<EmulatedAws> {
  const { profile = 'learner', onStep = () => {}, python } = options;
  await using started = new AsyncDisposableStack();
  onStep('starting Kafka, Redis and MiniStack');
  const { endpoint, brokers, cacheUrl, folder } = started.use(await startServers());
  const [settings, environment] = [settingsOf(endpoint), environmentOf(endpoint)];
  const cloud = started.use(emulatedCloud(settings));
  const apis = started.use(await apiProxy({ target: cloud.apiUrl, credentials: cloud.credentials }));
  const worker = started.use(await trainWorker({ cloud, settings, environment, python, onLine: onStep }));
  const cdk = emulatedCdk({ assembly: join(folder, 'cdk.out'), environment });
  onStep('synthesising the app');
  const services = { brokers: brokers.join(','), cacheUrl, apiUrl: apis.url, trainerQueue: worker.queueUrl };
  await cdk.synth(profile, services);
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

/**
 * Emulates MSK event sources and the Scheduler with the embedded runtime's implementation, which invokes the deployed functions.
 */
function consumers(eventLog: EventLog, invoke: InvokeFunction, { onStep, deliverEvery }: EmulatedAwsOptions) {
  const source = eventSource({ eventLog, invoke });
  const background: Background = startBackground(
    { deliver: (only) => source.deliver({ only }), invoke },
    { deliverEvery, onError: (work, error) => onStep?.(`${work}: ${String(error)}`) },
  );
  return { background, settle: () => source.drain() };
}
