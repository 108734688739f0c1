import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { disconnect } from '#adapters/composition/connect-ports.ts';
import { onAws } from '#adapters/lambda/ports-on-lambda.ts';
import {
  hasMiniStack,
  type MiniStack,
  startMiniStack,
} from '../../../../localstack/servers/install-and-start-ministack.ts';
import { describeWith } from '../../../support/require-server.ts';
import { withEmulatorCredentials } from '../api-access/set-emulator-credentials.ts';

describeWith(
  'MiniStack',
  hasMiniStack(),
  'It is fetched from PyPI when Python 3 is there.',
)('on an emulated AWS', () => {
  let server: MiniStack;
  withEmulatorCredentials();
  beforeAll(async () => {
    server = await startMiniStack();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  it('a function receives all ports, with S3 and DynamoDB as stores and tables', async () => {
    const variables = {
      OBJECT_STORE: 's3',
      LAKE_BUCKET: 'lake-bucket',
      MODELS_BUCKET: 'models-bucket',
      TABLES: 'dynamodb',
      IDEMPOTENCY_TABLE: 'idempotency',
      FEATURES_TABLE: 'features',
      REGISTRY_TABLE: 'registry',
      CACHE: 'redis',
      REDIS_URL: 'redis://127.0.0.1:1',
      DATA_DIR: '.agentbricks/test-on-aws',
      AWS_ENDPOINT_URL: server.endpoint,
    };
    Object.assign(process.env, variables);
    onTestFinished(() => {
      for (const name of Object.keys(variables)) delete process.env[name];
    });
    await new DynamoDBClient({ endpoint: server.endpoint }).send(
      new CreateTableCommand({
        TableName: 'registry',
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
    const ports = await onAws();
    await expect(ports.lake.list('')).rejects.toMatchObject({ name: 'NoSuchBucket' });
    expect(await ports.registry.put({ pk: 'a', sk: 'b' }, { here: true })).toBe(true);
    expect(ports.settings.policy).toBe('champion');
    await disconnect(ports);
  });
});
