import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDuckDb } from '#adapters/duckdb/open-duckdb.ts';
import { parquetRows } from '#adapters/duckdb/sql-relations-over-files.ts';
import { HOUR } from '#domain/core/time.ts';
import type { TrainingRun, TrainOutside } from '#domain/events/all-bricks-seam-types.ts';
import { runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import type { WorkflowRun } from '#ports/workflow.ts';
import { followSeams } from '../../../bin/learner-code/load-and-reload-selected-files.ts';
import { listeners } from '../../../localstack/embedded/city/combine-listeners.ts';
import type { CityListener } from '../../../localstack/embedded/city/first-week-pipeline-and-twins.ts';
import { runCity } from '../../../localstack/embedded/city/run-city-with-weekly-retraining.ts';
import type { FunctionStatus } from '../../../localstack/embedded/host/learner-code/fall-back-to-reference.ts';
import type { Trainer } from '../../../localstack/embedded/trainer/local-trainer.ts';
import { findStep } from '../../../stories/academy/catalogue/list-steps-and-find-files.ts';
import { seamsFileIn } from '../../../stories/academy/workspace/workspace-paths.ts';
import { codeOf, type Learner, learner } from '../learner-workspace.ts';

const step = await findStep('02.2');
const SIZE = { seed: 7, agents: 40, titles: 60, days: 7 };
const TIMEOUT_MS = 300_000;
/** Hours before the first retraining. */
const HOURS = 7 * 24 - 1;
/** A value that no feature of the city has. */
const MARK = 1234;
const MARKED = codeOf(step, 'solution.sql').replace('coalesce(u.plays7d, 0)::FLOAT', `${MARK}::FLOAT`);

const folder = mkdtempSync(join(tmpdir(), 'agentbricks-learners-query-'));
const simulated = join(folder, 'simulated');
const onError = (work: string, error: unknown) => expect.unreachable(`${work}: ${error}`);

beforeAll(async () => {
  const stop = new AbortController();
  const onHour = ({ hour }: { readonly hour: number }) => {
    if (hour === HOURS - 1) stop.abort();
  };
  const city = { dataDir: simulated, size: SIZE, listener: { onHour }, signal: stop.signal };
  await runCity(city, { speed: HOUR, onError });
}, TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true }));

/** Puts a query in use, like the command `use` with `--anyway`, but without running the checks. */
function useQuery(someone: Learner, sql: string): string {
  someone.write(step, sql);
  const file = seamsFileIn(someone.workspace);
  writeFileSync(file, JSON.stringify({ 'labelled-features.sql': step.learnerFile }));
  return file;
}

/** Returns a trainer that only reads the run's training sets. */
function readingTrainer() {
  const sets: object[] = [];
  const trainer: Trainer =
    ({ lake }) =>
    async ({ runId }) => {
      const { trainingSet, trainingSetAtSplit } = runFiles(runId);
      for (const key of [trainingSet, trainingSetAtSplit]) {
        const path = join(folder, 'training-set.parquet');
        writeFileSync(path, (await lake.get(key)) as Uint8Array);
        using database = await openDuckDb();
        const [row] = await database.rows(
          `SELECT count(*)::INTEGER AS rows, min(user_plays7d) AS least, max(user_plays7d) AS most FROM ${parquetRows([path])}`,
        );
        sets.push(row as object);
      }
      throw new Error('this trainer only reads');
    };
  return { sets, trainer };
}

/** Runs the first retraining of a city with a learner's query. */
async function cityOf(name: string, sql: string) {
  using someone = learner();
  let statuses: readonly FunctionStatus[] = [];
  using seams = await followSeams(useQuery(someone, sql), someone.terminal, (each) => {
    statuses = each;
  });
  const { sets, trainer } = readingTrainer();
  const runs = await firstRetraining(name, trainer, { onRuntime: seams.lead });
  return { runs, sets, statuses, lines: someone.lines };
}

/** Runs a copy of the simulated city until its first retraining has ended. */
async function firstRetraining(name: string, trainer: Trainer, listener: CityListener): Promise<WorkflowRun[]> {
  cpSync(simulated, join(folder, name), { recursive: true });
  const stop = new AbortController();
  const runs: WorkflowRun[] = [];
  const onRun = (run: WorkflowRun) => {
    runs.push(run);
    stop.abort();
  };
  const city = {
    ...{ dataDir: join(folder, name), size: SIZE, trainer: Promise.resolve(trainer), signal: stop.signal },
    listener: listeners({ onRun }, listener),
  };
  await runCity(city, { speed: HOUR, onError });
  return runs;
}

describe('the weekly retraining of a city with a learner’s labelled-features.sql', { timeout: TIMEOUT_MS }, () => {
  it('trains on what the query returned', async () => {
    const { runs, sets, statuses, lines } = await cityOf('marked', MARKED);
    expect(runs).toMatchObject([{ status: 'FAILED', error: expect.stringContaining('this trainer only reads') }]);
    expect(sets).toMatchObject(Array(2).fill({ least: MARK, most: MARK }));
    expect(statuses).toMatchObject([{ name: 'labelled-features.sql', runs: 'learner', calls: 2, failedCalls: 0 }]);
    expect(lines.filter((line) => line.startsWith('✗'))).toEqual([]);
  });

  it('trains on the reference’s rows if the query fails, which is counted and printed once', async () => {
    const { sets, statuses, lines } = await cityOf(
      'failing',
      MARKED.replace('FROM labels l\n', 'FROM labels l LIMIT 1\n'),
    );
    expect(sets).toHaveLength(2);
    for (const set of sets) expect(set).not.toMatchObject({ most: MARK });
    expect(statuses).toMatchObject([{ runs: 'learner', calls: 2, failedCalls: 2, endedProcesses: 0 }]);
    expect(lines.filter((line) => line.startsWith('✗'))).toEqual([
      expect.stringMatching(
        /^✗ Your labelled-features\.sql could not run: .*The reference implementation computes this training set\.$/,
      ),
    ]);
  });
});

describe('the weekly retraining of a city with a learner’s export.py', { timeout: TIMEOUT_MS }, () => {
  it('trains outside of the city', async () => {
    const trainOutside = vi.fn<TrainOutside>(async () => new Map());
    const run = { python: 'python', data: folder, options: [] } as unknown as TrainingRun;
    const trainer: Trainer = (_, outside) => async () => {
      expect(await outside?.(run)).toEqual(new Map());
      throw new Error('no model');
    };
    const runs = await firstRetraining('module', trainer, {
      onRuntime: (runtime) => runtime?.useSeams({ trainOutside }),
    });
    expect(runs).toMatchObject([{ status: 'FAILED', error: expect.stringContaining('no model') }]);
    expect(trainOutside).toHaveBeenCalledWith(run);
  });
});
