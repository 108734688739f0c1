import { openDuckDb, sqlText } from '#adapters/duckdb/open-duckdb.ts';
import { recordsOf } from '#adapters/event-log/read-all-records.ts';
import { BrickError } from '#domain/core/brick-error.ts';
import { EXPOSURES } from '#domain/events/event-log-topics.ts';
import { Exposure } from '#domain/events/exposure-schemas.ts';
import type { Ports } from '#ports/index.ts';
import { fileList, filesCovering } from './find-lake-events-of-title.ts';

export interface FoundExposure
  extends Pick<Exposure, 'requestId' | 'userId' | 'occurredAt' | 'policy' | 'modelVersion'> {
  readonly degraded: string | null;
  readonly items: readonly Pick<Exposure['items'][number], 'titleId' | 'position' | 'source' | 'score'>[];
  /** Position of the record in exposures.v1. */
  readonly partition: number;
  readonly offset: number;
}

export class NoSuchRequest extends BrickError {
  override readonly code = 'BRICK_NO_SUCH_REQUEST';
  constructor(requestId: string) {
    super({
      what: `no exposure was found for the request ${requestId}`,
      why: 'neither the lake nor the event log contains a record of this request',
      fix: 'Copy the requestId from a response of /v1/recommendations, or from its header x-request-id',
    });
  }
}

/**
 * Returns the first exposure of a request from the lake, or from the log if it is not archived yet.
 *
 * @throws NoSuchRequest
 */
export async function findExposure(
  { lake, eventLog }: Pick<Ports, 'lake' | 'eventLog'>,
  requestId: string,
): Promise<FoundExposure> {
  const found = (await inLake(lake, requestId)) ?? (await inLog(eventLog, requestId));
  if (!found) throw new NoSuchRequest(requestId);
  return found;
}

async function inLake(lake: Ports['lake'], requestId: string): Promise<FoundExposure | undefined> {
  const keys = await filesCovering(lake, [{ topic: EXPOSURES }]);
  if (keys.length === 0) return undefined;
  using database = await openDuckDb();
  const [row] = await database.rows<Omit<FoundExposure, 'items'> & { items: string }>(`
    SELECT requestId, userId, occurredAt::DOUBLE AS occurredAt, policy, modelVersion, degraded,
      partition::INTEGER AS partition, "offset"::DOUBLE AS "offset", to_json(items)::VARCHAR AS items
    FROM ${await fileList(lake, keys)} WHERE requestId = ${sqlText(requestId)} ORDER BY partition, "offset" LIMIT 1`);
  return row && { ...row, items: JSON.parse(row.items) as FoundExposure['items'] };
}

async function inLog(eventLog: Ports['eventLog'], requestId: string): Promise<FoundExposure | undefined> {
  for await (const { value, partition, offset } of recordsOf(eventLog, EXPOSURES)) {
    // Avoids parsing the records of other requests.
    if (!value?.includes(requestId)) continue;
    const { data } = Exposure.safeParse(JSON.parse(value));
    if (data?.requestId !== requestId) continue;
    const { userId, occurredAt, policy, modelVersion, degraded, items } = data;
    return { requestId, userId, occurredAt, policy, modelVersion, degraded, items, partition, offset };
  }
  return undefined;
}
