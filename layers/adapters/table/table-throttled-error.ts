import { BrickError } from '#domain/core/brick-error.ts';

export class TableThrottled extends BrickError {
  override readonly code = 'BRICK_TABLE_THROTTLED';
  override readonly retryable = true;
  constructor(table: string, items: number) {
    super({
      what: `the table ${table} processed none of ${items} items, although the request was retried`,
      why: 'DynamoDB throttles the table, because it receives more requests than its capacity allows',
      fix: "Retry the request later. If it fails again, increase the table's capacity or send fewer requests",
    });
  }
}
