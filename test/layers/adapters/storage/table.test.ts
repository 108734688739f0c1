import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { openSqlite } from '#adapters/sqlite/sqlite.ts';
import { dynamoDbTable } from '#adapters/table/dynamodb.ts';
import { sqliteTable } from '#adapters/table/sqlite.ts';
import { hasMiniStack, type MiniStack, startMiniStack } from '../../../../localstack/servers/ministack.ts';
import { describeWith } from '../../../support/require-server.ts';
import { tableContract } from '../../contracts/table.ts';
import { withEmulatorCredentials } from '../api-access/set-emulator-credentials.ts';

tableContract('a SQLite table', async (now) => sqliteTable(openSqlite(':memory:'), 'contract', { now }));

describeWith(
  'MiniStack',
  hasMiniStack(),
  'It is fetched from PyPI when Python 3 is there.',
)('on DynamoDB', () => {
  let server: MiniStack;
  withEmulatorCredentials();
  beforeAll(async () => {
    server = await startMiniStack();
    await new DynamoDBClient({ endpoint: server.endpoint }).send(
      new CreateTableCommand({
        TableName: 'contract',
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
  afterAll(() => server?.[Symbol.asyncDispose]());

  tableContract('a DynamoDB table', async (now) =>
    dynamoDbTable({ table: 'contract', now, endpoint: server.endpoint }),
  );
});
