import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { s3ObjectStore } from '#adapters/object-store/s3.ts';
import { dynamoDbTable } from '#adapters/table/dynamodb.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import { fixtureModel } from '../../../bin/parity/fixture-model.ts';
import {
  hasMiniStack,
  type MiniStack,
  startMiniStack,
} from '../../../localstack/servers/install-and-start-ministack.ts';
import { withEmulatorCredentials } from '../../layers/adapters/api-access/set-emulator-credentials.ts';
import { otherModel } from '../../support/fixture-models.ts';
import { describeWith } from '../../support/require-server.ts';
import { agentbricks } from '../run-in-process.ts';

const NAMES = { table: 'agentbricks-registry', bucket: 'agentbricks-models' };
const OLD = fixtureModel().manifest.version;
const NEW = otherModel().manifest.version;

describeWith(
  'MiniStack',
  hasMiniStack(),
  'It is fetched from PyPI when Python 3 is there.',
)('a deployed registry', () => {
  let server: MiniStack;
  withEmulatorCredentials();
  beforeAll(async () => {
    server = await startMiniStack();
    const { endpoint } = server;
    await new S3Client({ endpoint, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: NAMES.bucket }));
    await new DynamoDBClient({ endpoint }).send(
      new CreateTableCommand({
        TableName: NAMES.table,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
      }),
    );
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server?.[Symbol.asyncDispose]();
  });

  it('is rolled back with the same command', async () => {
    const { endpoint } = server;
    await using table = dynamoDbTable({ table: NAMES.table, now: Date.now, endpoint });
    await using models = s3ObjectStore({ bucket: NAMES.bucket, endpoint });
    const registry = modelRegistry({ registry: table, models, now: Date.now });
    await registry.register(fixtureModel(), 'run-1');
    await registry.register(otherModel(), 'run-2');
    for (const version of [OLD, NEW]) await registry.setAlias('champion', version, { who: 'pipeline', why: 'better' });

    const where = ['--table', NAMES.table, '--bucket', NAMES.bucket, '--json'];
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
    const { status, stdout, stderr } = await agentbricks('rollback', ...where);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ alias: 'champion', from: NEW, to: OLD });
    expect(await registry.alias('champion')).toMatchObject({ version: OLD, rollback: true });
    expect(await registry.aliasLog('champion')).toHaveLength(3);
    expect(await registry.versions()).toHaveLength(2);
  });
});
