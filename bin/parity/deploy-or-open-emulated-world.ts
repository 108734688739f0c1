import { s3ObjectStore } from '#adapters/object-store/s3.ts';
import { dynamoDbTable } from '#adapters/table/dynamodb.ts';
import { type EmulatedAws, emulatedAws } from '../../localstack/emulated/deploy-system-to-emulated-aws.ts';
import type { World } from './replayable-deployment-types.ts';

const parameterPath = (name: string): string => `/agentbricks/${name}`;

/**
 * Deploys every stack to an emulated AWS with real Kafka and Redis. The deployment is deleted when the world is
 * disposed.
 */
export async function emulatedWorld(onStep: (step: string) => void): Promise<World> {
  await using started = new AsyncDisposableStack();
  const aws = started.use(await emulatedAws({ onStep }));
  const world = started.use(await worldOn(aws));
  const running = started.move();
  return { ...world, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Opens a world on an emulated AWS that is already running, and that continues to run when the world is disposed. */
export async function worldOn({ environment, endpoint, cloud, ...aws }: EmulatedAws): Promise<World> {
  // The stores' clients read their credentials from the environment, like every AWS SDK.
  Object.assign(process.env, environment);
  await using opened = new AsyncDisposableStack();
  const table = async (name: string) =>
    opened.use(
      dynamoDbTable({ table: await cloud.parameter(parameterPath(`${name}-table`)), now: Date.now, endpoint }),
    );
  const bucket = async (name: string) =>
    opened.use(s3ObjectStore({ bucket: await cloud.parameter(parameterPath(`${name}-bucket`)), endpoint }));
  const [features, registry] = [await table('features'), await table('registry')];
  const [lake, models] = [await bucket('lake'), await bucket('models')];
  const open = opened.move();
  return {
    name: 'emulated AWS',
    baseUrl: aws.baseUrl,
    stores: { features, registry, lake, models, eventLog: aws.eventLog },
    settle: aws.settle,
    invoke: aws.invoke,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
