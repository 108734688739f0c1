import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { EVENTS, EXPOSURES } from '#domain/events/event-log-topics.ts';
import { dayAndHour, type LakeFile, lakeFileOf, lakeKey, WHOLE_DAY } from '#domain/events/lake-file-keys.ts';
import { liveFiles } from '#domain/events/live-files.ts';
import { isInCanary } from '#domain/experiments/is-in-canary.ts';
import type { Sample } from '#domain/experiments/sequential-test.ts';
import type { AliasPointer } from '#domain/models/model-registry-items.ts';
import type { ObjectStore } from '#ports/object-store.ts';
import type { Arm } from './decide-canary.ts';

type Lake = Pick<ObjectStore, 'list' | 'open'>;
interface UserRow {
  readonly userId: string;
  readonly slates: number;
  readonly degraded: number;
  readonly plays: number;
}

export interface Arms {
  readonly champion: Arm;
  readonly canary: Arm;
}

/**
 * Measures both arms by the slates and plays in the lake since a time. The user's id decides the arm, so a slate for
 * which the canary failed counts against the canary. Slates of policies without a model are left out.
 *
 * @param since UTC epoch ms
 */
export async function armsSince(lake: Lake, canary: AliasPointer, since: number): Promise<Arms> {
  const users = await usersSince(lake, since);
  const [tried, others] = [users.filter(({ userId }) => isInCanary(userId, canary)), new Set(users)];
  for (const user of tried) others.delete(user);
  return { champion: armOf([...others]), canary: armOf(tried) };
}

const armOf = (users: readonly UserRow[]): Arm => ({
  plays: sampleOf(users.map(({ plays, slates }) => plays / slates)),
  degraded: sampleOf(users.map(({ degraded, slates }) => degraded / slates)),
});

function sampleOf(values: readonly number[]): Sample {
  const units = values.length;
  if (units === 0) return { units, mean: 0, variance: 0 };
  const mean = values.reduce((sum, value) => sum + value, 0) / units;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { units, mean, variance: squares / Math.max(1, units - 1) };
}

/** Selects the first record of each eventId. */
const FIRST = 'QUALIFY row_number() OVER (PARTITION BY eventId ORDER BY partition, "offset") = 1';

async function usersSince(lake: Lake, since: number): Promise<UserRow[]> {
  const [shown, done] = [await filesSince(lake, EXPOSURES, since), await filesSince(lake, EVENTS, since)];
  if (!shown) return [];
  using database = await openDuckDb();
  const plays = done
    ? `SELECT requestId, userId, count(DISTINCT titleId) AS plays FROM ${done}
       WHERE type = 'play' AND requestId IS NOT NULL GROUP BY requestId, userId`
    : 'SELECT NULL::VARCHAR AS requestId, NULL::VARCHAR AS userId, 0 AS plays WHERE false';
  // Without await, the connection would be closed before the rows are read.
  return await database.rows<UserRow>(`
    WITH slates AS (
      SELECT requestId, userId, degraded FROM ${shown}
      WHERE occurredAt >= ${since} AND (policy = 'model' OR degraded IS NOT NULL) ${FIRST}
    ), plays AS (${plays})
    SELECT userId, count(*)::DOUBLE AS slates, count(degraded)::DOUBLE AS degraded, coalesce(sum(plays), 0)::DOUBLE AS plays
    FROM slates LEFT JOIN plays USING (requestId, userId) GROUP BY userId ORDER BY userId`);
}

/**
 * Returns an SQL relation over the live files that may contain records since a time (UTC epoch ms); undefined without
 * such files.
 */
async function filesSince(lake: Lake, topic: string, since: number): Promise<string | undefined> {
  const { date, hour } = dayAndHour(since);
  const isLater = (file: LakeFile) =>
    file.date > date || (file.date === date && (file.hour === WHOLE_DAY || file.hour >= hour));
  const listed = (await lake.list(`lake/${topic}/`)).map(({ key }) => lakeFileOf(key)).filter((file) => !!file);
  const paths = await lake.open(liveFiles(listed.filter(isLater)).map(lakeKey));
  return paths.length === 0 ? undefined : parquetRows(paths);
}
