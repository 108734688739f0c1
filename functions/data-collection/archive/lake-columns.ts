import { EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';

/** Columns for the position of the record in the log, and for its correlation id. */
const POSITION = { partition: 'INTEGER', offset: 'BIGINT', correlationId: 'VARCHAR' } as const;
const ITEMS = 'STRUCT(titleId VARCHAR, position INTEGER, score DOUBLE, source VARCHAR, propensity DOUBLE)[]';

/** Columns of each topic's Parquet files: topic → name → DuckDB type. Times are UTC epoch ms. */
export const COLUMNS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [EVENTS]: {
    eventId: 'VARCHAR',
    type: 'VARCHAR',
    userId: 'VARCHAR',
    titleId: 'VARCHAR',
    requestId: 'VARCHAR',
    sessionId: 'VARCHAR',
    occurredAt: 'BIGINT',
    sentAt: 'BIGINT',
    ingestedAt: 'BIGINT',
    rating: 'DOUBLE',
    watchedSeconds: 'DOUBLE',
    country: 'VARCHAR',
    device: 'VARCHAR',
    query: 'VARCHAR',
    name: 'VARCHAR',
    genres: 'VARCHAR[]',
    releasedAt: 'BIGINT',
    titleIds: 'VARCHAR[]',
    schemaVersion: 'INTEGER',
    completion: 'DOUBLE',
    ...POSITION,
  },
  [EXPOSURES]: {
    eventId: 'VARCHAR',
    requestId: 'VARCHAR',
    userId: 'VARCHAR',
    occurredAt: 'BIGINT',
    ingestedAt: 'BIGINT',
    policy: 'VARCHAR',
    modelVersion: 'VARCHAR',
    degraded: 'VARCHAR',
    country: 'VARCHAR',
    device: 'VARCHAR',
    items: ITEMS,
    ...POSITION,
  },
};
