import { CreateTableCommand, DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import { EMULATED, TABLES } from './ports-tables-and-variables.ts';

/**
 * Creates missing tables of the mirror, with partition key `pk` and sort key `sk`. @param endpoint URL of the emulator
 */
export async function makeTables(endpoint: string): Promise<void> {
  const credentials = { accessKeyId: EMULATED.AWS_ACCESS_KEY_ID, secretAccessKey: EMULATED.AWS_SECRET_ACCESS_KEY };
  const client = new DynamoDBClient({ endpoint, region: EMULATED.AWS_REGION, credentials });
  const keys = ['pk', 'sk'] as const;
  try {
    for (const TableName of Object.values(TABLES)) {
      const table = new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: keys.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? 'HASH' : 'RANGE' })),
        AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      });
      await client.send(table).catch((error: unknown) => {
        if (!(error instanceof ResourceInUseException)) throw error;
      });
    }
  } finally {
    client.destroy();
  }
}
