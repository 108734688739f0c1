import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSqlite } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import { dynamoDbTable } from '#adapters/table/dynamodb.ts';
import { sqliteTable } from '#adapters/table/sqlite.ts';
import type { ItemKey, Table } from '#ports/table.ts';
import {
  hasMiniStack,
  type MiniStack,
  startMiniStack,
} from '../../../../localstack/servers/install-and-start-ministack.ts';
import { describeWith } from '../../../support/require-server.ts';
import { tableContract } from '../../contract-tests/table.ts';
import { withEmulatorCredentials } from '../api-access/set-emulator-credentials.ts';

tableContract('a SQLite table', async (now) => sqliteTable(openSqlite(':memory:'), 'contract', { now }));

describe('a DynamoDB table that is throttled', () => {
  withEmulatorCredentials();
  let server: Server;
  let table: Table;
  /** Times of the requests, milliseconds. */
  let times: number[];
  /** Number of requests that are throttled, and the number of their items that are processed. */
  let throttled = { requests: 0, processed: 0 };
  beforeEach(async () => {
    times = [];
    server = createServer(async (request, response) => {
      const body = Buffer.concat(await Array.fromAsync(request)).toString('utf8');
      times.push(performance.now());
      response.setHeader('content-type', 'application/x-amz-json-1.0');
      response.end(JSON.stringify(respond(JSON.parse(body))));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    table = dynamoDbTable({ table: 'throttled', now: Date.now, endpoint: `http://127.0.0.1:${port}` });
    vi.spyOn(Math, 'random').mockReturnValue(0.999);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await table[Symbol.asyncDispose]();
    server.close().closeAllConnections();
  });

  interface Batch {
    readonly RequestItems: { readonly throttled: unknown[] | { readonly Keys: { pk: unknown; sk: unknown }[] } };
  }
  /** Responds to BatchGetItem and BatchWriteItem as DynamoDB does. */
  function respond({ RequestItems: { throttled: items } }: Batch): object {
    const isThrottled = times.length <= throttled.requests;
    const of = <Item>(all: readonly Item[]) => (isThrottled ? all.slice(throttled.processed) : []);
    if (Array.isArray(items)) {
      const left = of(items);
      return { UnprocessedItems: left.length > 0 ? { throttled: left } : {} };
    }
    const left = of(items.Keys);
    const rows = items.Keys.filter((key) => !left.includes(key)).map((key) => ({
      ...key,
      item: { M: { a: { N: '1' } } },
    }));
    return { Responses: { throttled: rows }, UnprocessedKeys: left.length > 0 ? { throttled: { Keys: left } } : {} };
  }
  const keys = Array.from({ length: 3 }, (_, i) => ({ pk: 'p', sk: String(i) }));
  const gaps = () => times.slice(1).map((at, i) => at - (times[i] as number));

  it.each([0, 1])('waits longer and longer before it retries unprocessed keys (%i processed)', async (processed) => {
    throttled = { requests: 2, processed };
    expect(await table.getMany(keys)).toEqual(keys.map(() => ({ a: 1 })));
    expect(times).toHaveLength(3);
    expect(gaps()[0]).toBeGreaterThan(45);
    expect(gaps()[1]).toBeGreaterThan(90);
  });

  it('waits longer and longer before it retries unprocessed writes', async () => {
    throttled = { requests: 2, processed: 0 };
    await table.putMany(keys.map((key) => ({ key, item: {} })));
    expect(times).toHaveLength(3);
    expect(gaps()[0]).toBeGreaterThan(45);
    expect(gaps()[1]).toBeGreaterThan(90);
  });

  it('fails with a retryable error if no item is processed for seconds', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.01);
    throttled = { requests: 1_000, processed: 0 };
    await expect(table.getMany(keys)).rejects.toMatchObject({ code: 'BRICK_TABLE_THROTTLED', retryable: true });
    await expect(table.putMany([{ key: keys[0] as ItemKey, item: {} }])).rejects.toMatchObject({
      code: 'BRICK_TABLE_THROTTLED',
    });
  });
});

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
