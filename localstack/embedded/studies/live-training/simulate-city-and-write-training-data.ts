import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { DAY } from '#domain/core/time.ts';
import { runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import { buildFeaturesOf } from '../../../../functions/feature-engineering/build-features/build-training-data-and-online-features.ts';
import { CITY_STARTS_AT } from '../../city/simulate-until.ts';
import { openRuntime } from '../../host/open-runtime.ts';
import { type LiveCitySize, runLiveCity } from '../live-city/simulate-and-measure-first-days.ts';

const RUN = 'run-1';

/**
 * Simulates a small city, and writes the data of a training to a folder.
 *
 * @param dataDir an empty folder, which then contains the city
 * @param data folder that is created
 * @returns the end of the simulated time, UTC epoch ms, and the people who have played a title, by their ids
 */
export async function smallRun(
  size: LiveCitySize,
  dataDir: string,
  data: string,
  onDay?: (day: number) => void,
): Promise<{ readonly asOf: number; readonly players: readonly string[] }> {
  await runLiveCity(size, dataDir, {}, onDay);
  const asOf = CITY_STARTS_AT + size.days * DAY;
  await using runtime = await openRuntime({ dataDir, now: () => asOf, logLevel: 'SILENT' });
  await runtime.settle();
  await buildFeaturesOf(runtime.ports, { runId: RUN, asOf });
  const { prefix } = runFiles(RUN);
  await mkdir(data);
  for (const { key } of await runtime.ports.lake.list(`${prefix}/`)) {
    const bytes = await runtime.ports.lake.get(key);
    if (bytes) await writeFile(join(data, key.slice(prefix.length + 1)), bytes);
  }
  using database = await openDuckDb();
  const plays = parquetRows([join(data, 'interactions.parquet')]);
  const players = await database.rows<{ userId: string }>(`SELECT DISTINCT userId FROM ${plays} ORDER BY userId`);
  return { asOf, players: players.map(({ userId }) => userId) };
}
