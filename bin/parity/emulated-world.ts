import { s3ObjectStore } from '#adapters/object-store/s3.ts';
import { dynamoDbTable } from '#adapters/table/dynamodb.ts';
import { emulatedAws } from '../../localstack/emulated/emulated-aws.ts';
import type { World } from './world.ts';

const shared = (name: string): string => `/agentbricks/${name}`;

/** Every stack, deployed to an emulated AWS beside real Kafka and Redis; gone afterwards. */
export async function emulatedWorld(onStep: (step: string) => void): Promise<World> {
  await using started = new AsyncDisposableStack();
  const aws = started.use(await emulatedAws({ onStep }));
  // The stores' clients take their login where every AWS SDK does.
  Object.assign(process.env, aws.environment);
  const { endpoint, cloud, eventLog, baseUrl, settle, invoke } = aws;
  const table = async (name: string) =>
    started.use(dynamoDbTable({ table: await cloud.parameter(shared(`${name}-table`)), now: Date.now, endpoint }));
  const bucket = async (name: string) =>
    started.use(s3ObjectStore({ bucket: await cloud.parameter(shared(`${name}-bucket`)), endpoint }));
  const [features, registry] = [await table('features'), await table('registry')];
  const [lake, models] = [await bucket('lake'), await bucket('models')];
  const running = started.move();
  return {
    name: 'emulated AWS',
    baseUrl,
    stores: { features, registry, lake, models, eventLog },
    settle,
    invoke,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
