import { setTimeout as sleep } from 'node:timers/promises';
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  paginateQuery,
} from '@aws-sdk/lib-dynamodb';
import { type Now, SECOND } from '#domain/core/time.ts';
import type { ItemKey, PutOptions, Table, TableEntry } from '#ports/table.ts';
import { TableThrottled } from './table-throttled-error.ts';

interface Row extends ItemKey {
  readonly item: unknown;
  /** UTC epoch milliseconds. Reads compare it with the clock. */
  readonly expiresAt?: number;
  /** UTC epoch seconds. DynamoDB deletes the row some time later. */
  readonly ttl?: number;
}

/** Maximum number of items per request. */
const READ_BATCH = 100;
const WRITE_BATCH = 25;
/** Number of consecutive requests that may process no item. Their waits take about five seconds. */
const ATTEMPTS = 10;
/** Upper bounds of the first and of any wait before unprocessed items are sent again, milliseconds. */
const FIRST_WAIT = 50;
const LONGEST_WAIT = 2 * SECOND;

interface Options {
  readonly table: string;
  readonly now: Now;
  /** Address of an emulator. @default - AWS */
  readonly endpoint?: string;
}

/** Returns a table in DynamoDB, which has the string keys `pk` and `sk` and time to live on `ttl`. */
export function dynamoDbTable({ table, now, endpoint }: Options): Table {
  const connection = new DynamoDBClient(endpoint ? { endpoint } : {});
  const client = DynamoDBDocumentClient.from(connection, { marshallOptions: { removeUndefinedValues: true } });
  const isCurrent = (row: Row | undefined): row is Row =>
    row !== undefined && (row.expiresAt === undefined || row.expiresAt > now());
  const itemOf = <Item>(row: Row | undefined) => (isCurrent(row) ? (row.item as Item) : undefined);
  return {
    get: async <Item>(key: ItemKey) => {
      const { Item: row } = await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
      return itemOf<Item>(row as Row | undefined);
    },
    getMany: async <Item>(keys: readonly ItemKey[]) => {
      const rows = await readAll(client, table, keys);
      return keys.map((key) => itemOf<Item>(rows.get(idOf(key))));
    },
    put: async (key, item, { when, expiresAt } = {}) => {
      const command = { TableName: table, Item: rowOf({ key, item, expiresAt }), ...conditionOf(when, now()) };
      try {
        await client.send(new PutCommand(command));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
    putMany: (entries) => writeAll(client, table, entries),
    delete: async (key) => void (await client.send(new DeleteCommand({ TableName: table, Key: key }))),
    query: async <Item>(pk: string, { prefix = '', limit = Number.POSITIVE_INFINITY, descending = false } = {}) => {
      const found: { sk: string; item: Item }[] = [];
      for await (const { Items = [] } of paginateQuery({ client }, queryInput(table, pk, prefix, descending))) {
        for (const row of Items as Row[]) if (isCurrent(row)) found.push({ sk: row.sk, item: row.item as Item });
        if (found.length >= limit) break;
      }
      return found.slice(0, limit);
    },
    [Symbol.asyncDispose]: async () => connection.destroy(),
  };
}

const idOf = ({ pk, sk }: ItemKey): string => JSON.stringify([pk, sk]);

const rowOf = ({ key, item, expiresAt }: TableEntry): Row => ({
  ...key,
  item,
  ...(expiresAt === undefined ? {} : { expiresAt, ttl: Math.ceil(expiresAt / SECOND) }),
});

/** Returns the condition of a write. An expired row counts as absent, even if DynamoDB has not deleted it yet. */
function conditionOf(when: PutOptions['when'], at: number): Partial<PutCommandInput> {
  if (when === undefined) return {};
  if (when === 'absent') {
    const values = { ':now': at };
    return { ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now', ExpressionAttributeValues: values };
  }
  return {
    ConditionExpression: '#item.#field = :value AND (attribute_not_exists(expiresAt) OR expiresAt > :now)',
    ExpressionAttributeNames: { '#item': 'item', '#field': when.field },
    ExpressionAttributeValues: { ':value': when.equals, ':now': at },
  };
}

const queryInput = (table: string, pk: string, prefix: string, descending: boolean) => ({
  TableName: table,
  ConsistentRead: true,
  ScanIndexForward: !descending,
  // DynamoDB rejects an empty prefix.
  KeyConditionExpression: prefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)',
  ExpressionAttributeValues: prefix === '' ? { ':pk': pk } : { ':pk': pk, ':prefix': prefix },
});

async function readAll(
  client: DynamoDBDocumentClient,
  table: string,
  keys: readonly ItemKey[],
): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>();
  const distinct = [...new Map(keys.map((key) => [idOf(key), { pk: key.pk, sk: key.sk }])).values()];
  await inBatches(table, distinct, READ_BATCH, async (batch) => {
    const request = { RequestItems: { [table]: { Keys: [...batch], ConsistentRead: true } } };
    const { Responses, UnprocessedKeys } = await client.send(new BatchGetCommand(request));
    for (const row of (Responses?.[table] ?? []) as Row[]) rows.set(idOf(row), row);
    return (UnprocessedKeys?.[table]?.Keys ?? []) as typeof distinct;
  });
  return rows;
}

async function writeAll(client: DynamoDBDocumentClient, table: string, entries: readonly TableEntry[]): Promise<void> {
  // DynamoDB rejects two writes of one key in a batch. The last entry of a key wins.
  const rows = new Map(entries.map((entry) => [idOf(entry.key), rowOf(entry)]));
  const puts = [...rows.values()].map((Item) => ({ PutRequest: { Item } }));
  await inBatches(table, puts, WRITE_BATCH, async (batch) => {
    const request = { RequestItems: { [table]: [...batch] } };
    const { UnprocessedItems } = await client.send(new BatchWriteCommand(request));
    return (UnprocessedItems?.[table] ?? []) as typeof puts;
  });
}

/**
 * Sends items in batches. While DynamoDB throttles the table, it returns some items unprocessed. They are sent again, after a
 * random wait whose upper bound doubles with each consecutive response of this kind (full jitter).
 *
 * @param send sends a batch and returns the unprocessed items
 * @throws TableThrottled if several consecutive requests processed no item
 */
async function inBatches<Item>(
  table: string,
  items: readonly Item[],
  size: number,
  send: (batch: readonly Item[]) => Promise<readonly Item[]>,
): Promise<void> {
  let left = items;
  let [throttled, fruitless] = [0, 0];
  while (left.length > 0) {
    const batch = left.slice(0, size);
    const unprocessed = await send(batch);
    left = [...unprocessed, ...left.slice(size)];
    throttled = unprocessed.length === 0 ? 0 : throttled + 1;
    fruitless = unprocessed.length < batch.length ? 0 : fruitless + 1;
    if (fruitless === ATTEMPTS) throw new TableThrottled(table, batch.length);
    if (throttled > 0) await sleep(Math.random() * Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (throttled - 1)));
  }
}
