import { KNOWN_AT, OUT_OF_WEEK } from '#domain/features/feature-views.ts';
import type { Watermark } from '#domain/features/features.ts';
import { CHANGE_TABLES, eachOnce, knownRecords } from './feature-changes.ts';

/**
 * Features of some entities only. A relation `known` holds the records; tables `wanted_users(userId)` and `wanted_titles(titleId)` say
 * whose features are asked for.
 */
export const WANTED_USERS = 'userId IN (FROM wanted_users)';
export const WANTED_TITLES = 'titleId IN (FROM wanted_titles)';

/** What could be read at `asOf`. @param files DuckDB list of Parquet files */
export const knownAt = (files: string, asOf: number): string[] => [
  `CREATE OR REPLACE TEMP VIEW known AS ${knownRecords(files, asOf)}`,
];

/** Exactly what the materialisation that left `watermark` had read. @param files DuckDB list of Parquet files */
export const knownWithin = (files: string, { asOf, positions }: Watermark): string[] => [
  `CREATE OR REPLACE TEMP VIEW known AS ${knownRecords(files, asOf)} AND NOT ${beyond(positions)}`,
];

/** Last offset of each partition among what is known. */
export const POSITIONS = 'SELECT partition, max("offset") AS last FROM known GROUP BY partition ORDER BY partition';

/** Whether a record came after these positions. */
const beyond = (positions: Watermark['positions']): string => {
  const cases = Object.entries(positions).map(([partition, last]) => `WHEN ${Number(partition)} THEN ${last}`);
  return cases.length === 0 ? 'true' : `("offset" > CASE partition ${cases.join(' ')} ELSE -1 END)`;
};

/** Everybody and everything. */
export const ALL_WANTED = [
  'CREATE OR REPLACE TEMP TABLE wanted_users AS SELECT DISTINCT userId FROM known WHERE userId IS NOT NULL',
  'CREATE OR REPLACE TEMP TABLE wanted_titles AS SELECT DISTINCT titleId FROM known WHERE titleId IS NOT NULL',
];

/**
 * Those whose features may have changed since `watermark`: a record of theirs came in, or its time came (one dated ahead of our
 * clock), or left the seven days; or a title they played is described anew. A record counts for everybody who shares its id.
 */
export const changedSince = ({ asOf, positions }: Watermark, at: number): string[] => [
  `CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT eventId FROM known
   WHERE ${KNOWN_AT} > ${asOf} OR ${beyond(positions)} OR (type = 'play' AND ${OUT_OF_WEEK} > ${asOf} AND ${OUT_OF_WEEK} <= ${at})`,
  `CREATE OR REPLACE TEMP TABLE wanted_titles AS
   SELECT DISTINCT titleId FROM known SEMI JOIN touched USING (eventId) WHERE titleId IS NOT NULL`,
  `CREATE OR REPLACE TEMP TABLE wanted_users AS
   SELECT userId FROM known SEMI JOIN touched USING (eventId) WHERE userId IS NOT NULL
   UNION SELECT userId FROM known WHERE type = 'play'
     AND titleId IN (SELECT titleId FROM known SEMI JOIN touched USING (eventId) WHERE type = 'title')`,
];

/** A sample that differs with `salt`: to check a few, and in time all. */
export const sampled = (salt: string, users: number, titles: number): string[] => [
  `CREATE OR REPLACE TEMP TABLE wanted_users AS SELECT userId FROM
     (SELECT DISTINCT userId FROM known WHERE userId IS NOT NULL) ORDER BY hash(userId || ${salt}) LIMIT ${users}`,
  `CREATE OR REPLACE TEMP TABLE wanted_titles AS SELECT titleId FROM
     (SELECT DISTINCT titleId FROM known WHERE type = 'title') ORDER BY hash(titleId || ${salt}) LIMIT ${titles}`,
];

/** The change tables, of what the wanted entities' features are made of; the whole catalogue is among it. */
export const loadWanted = (asOf: number): string[] => [
  ...eachOnce(
    `(FROM known WHERE eventId IN (
    SELECT eventId FROM known WHERE type = 'title' OR ${WANTED_USERS} OR ${WANTED_TITLES}))`,
    asOf,
  ),
  ...CHANGE_TABLES,
];
