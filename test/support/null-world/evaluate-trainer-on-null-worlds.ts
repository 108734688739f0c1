import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { folderObjectStore } from '#adapters/object-store/folder.ts';
import { EVENTS } from '#domain/events/event-log-topics.ts';
import { dayAndHour, lakeKey } from '#domain/events/lake-file-keys.ts';
import type { Manifest } from '#domain/models/model-manifest.ts';
import { runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import { COLUMNS } from '../../../functions/data-collection/archive/lake-columns.ts';
import { parquetOf } from '../../../functions/data-collection/archive/rows-to-parquet.ts';
import { buildRun } from '../../../functions/feature-engineering/build-features/write-run-files.ts';
import { run } from '../../../localstack/embedded/process/run-process.ts';
import { TRAINER_PACKAGE } from '../../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import { NULL_WORLD_ENDS, patternlessPlays } from './patternless-plays.ts';

/** The trainer's result on one world without a pattern. */
export interface Examined {
  readonly seed: number;
  readonly gate: Manifest['gate'];
  readonly simpler: NonNullable<Manifest['simpler']>;
}

/**
 * Runs the feature job and the trainer's evaluation on worlds without a pattern, one per seed.
 *
 * @param folder folder for the worlds' lakes and runs
 * @param onSeed receives each result as it arrives
 */
export async function examineNullWorlds(
  { python, folder }: { readonly python: string; readonly folder: string },
  seeds: readonly number[],
  onSeed: (examined: Examined) => void = () => undefined,
): Promise<Examined[]> {
  const runs: string[] = [];
  for (const seed of seeds) runs.push(await runOf(join(folder, `seed-${seed}`), seed));
  const found: Examined[] = [];
  const onLine = (line: string) => {
    const said = line.startsWith('{"examined"') ? (JSON.parse(line) as { examined: Examined }).examined : undefined;
    if (said) found.push(said);
    if (said) onSeed(said);
  };
  const args = [join(import.meta.dirname, 'evaluate_runs.py'), ...runs];
  const env = { OMP_NUM_THREADS: '1', PYTHONPATH: TRAINER_PACKAGE };
  const { status, tail } = await run(python, args, { cwd: TRAINER_PACKAGE, env, onLine });
  if (status !== 0) throw new Error(tail.join('\n'));
  return found;
}

/** Creates a world's lake, and builds a run from it. @returns the run's folder */
async function runOf(folder: string, seed: number): Promise<string> {
  const lake = folderObjectStore({ root: folder });
  const rows = patternlessPlays(seed).map((event, offset) => ({ ...event, partition: 0, offset, correlationId: null }));
  const place = { topic: EVENTS, partition: 0, ...dayAndHour(NULL_WORLD_ENDS), first: 0, last: rows.length - 1 };
  const path = join(folder, lakeKey(place));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await parquetOf(rows, COLUMNS[EVENTS] ?? {}));
  await buildRun({ lake }, { runId: `seed-${seed}`, asOf: NULL_WORLD_ENDS });
  return join(folder, runFiles(`seed-${seed}`).prefix);
}
