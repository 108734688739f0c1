import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqlite } from '#adapters/sqlite/open-sqlite-with-storage-errors.ts';
import { sqliteTable } from '#adapters/table/sqlite.ts';
import type { TrainedFiles, TrainingRun, TrainOutside } from '#domain/events/all-bricks-seam-types.ts';
import { runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import { FIXTURE, fixtureModel } from '../../../bin/parity/fixture-model.ts';
import {
  localTrainer,
  type TrainerStage,
  type TrainPorts,
} from '../../../localstack/embedded/trainer/local-trainer.ts';
import { memoryObjects } from '../../support/fixture-models.ts';

const JOB = { runId: 'run-1', seed: '7', leaveOneOut: 'true' };
const { prefix, output } = runFiles(JOB.runId);

const paths = fixtureModel().manifest.files.map(({ path }) => path);

let folder: string;
let ports: TrainPorts;
let close: () => void;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'agentbricks-local-trainer-'));
  const database = openSqlite(':memory:');
  close = () => database.close();
  const registry = sqliteTable(database, 'registry', { now: Date.now });
  ports = { lake: memoryObjects(), models: memoryObjects(), registry, now: Date.now };
  await ports.lake.put(`${prefix}/interactions.parquet`, Buffer.from('the training set'));
  await ports.lake.put(`${prefix}/output/old.txt`, Buffer.from('an earlier attempt'));
});
afterEach(() => {
  close();
  rmSync(folder, { recursive: true });
});

/** Trains with a shell script in place of Python. @returns the progress that it reported */
async function train(script: string, outside?: TrainOutside): Promise<TrainerStage[]> {
  const python = join(folder, 'python');
  writeFileSync(python, `#!/bin/sh\n${script}\n`);
  chmodSync(python, 0o755);
  const stages: TrainerStage[] = [];
  const trainer = localTrainer({
    python: async () => python,
    codeCommit: 'c0ffee',
    onStage: (stage) => void stages.push(stage),
  });
  await trainer(ports, outside)(JOB, new AbortController().signal);
  return stages;
}

/** Shell function that prints the value of the option $OPTION among the script's arguments. */
const OPTION = 'value() { while [ $# -gt 1 ]; do [ "$1" = "$OPTION" ] && echo "$2"; shift; done; }';
const WRITE_MODEL = `${OPTION}; OPTION=--out; out=$(value "$@"); mkdir "$out"; cp ${FIXTURE}/* "$out"`;

describe('the local trainer', () => {
  it('passes the run’s files and the job’s parameters, and stores the model’s files', async () => {
    const record = join(folder, 'record');
    const stages = await train(
      `${WRITE_MODEL}; OPTION=--data; ls "$(value "$@")" > ${record}; echo "$@" >> ${record};
       echo '{"stage": "towers", "epoch": 1}' >&2; echo 'a warning of a library' >&2`,
    );
    const [files, args = ''] = readFileSync(record, 'utf8').split('\n');
    expect(files).toBe('interactions.parquet');
    expect(args).toMatch(/^-m agentbricks_trainer train .* --seed 7 --code-commit c0ffee --leave-one-out$/);
    expect(args).not.toContain('--champion');
    expect(stages).toEqual([{ stage: 'towers', epoch: 1 }]);
    for (const name of [...paths, 'manifest.json']) {
      expect(await ports.lake.get(`${output}/${name}`)).toEqual(readFileSync(join(FIXTURE, name)));
    }
  });

  it('stores the files that a trainer outside of this process returns, and trains itself if it returns none', async () => {
    const runs: TrainingRun[] = [];
    const outside =
      (files: TrainedFiles | undefined): TrainOutside =>
      async (run) => {
        runs.push({ ...run, data: readdirSync(run.data).join() });
        return files;
      };
    const [model, manifest] = [Buffer.from('a model'), Buffer.from('{}')];
    await train(
      'exit 1',
      outside(
        new Map([
          ['manifest.json', manifest],
          ['model.onnx', model],
        ]),
      ),
    );
    expect(await ports.lake.get(`${output}/model.onnx`)).toEqual(model);
    expect(await ports.lake.get(`${output}/manifest.json`)).toEqual(manifest);
    const options = ['--seed', '7', '--code-commit', 'c0ffee', '--leave-one-out'];
    expect(runs).toMatchObject([{ data: 'interactions.parquet', champion: undefined, options }]);
    await train(WRITE_MODEL, outside(undefined));
    expect(await ports.lake.get(`${output}/manifest.json`)).toEqual(readFileSync(join(FIXTURE, 'manifest.json')));
  });

  it('passes the champion’s files for comparison', async () => {
    const { manifest } = fixtureModel();
    const registry = modelRegistry(ports);
    await registry.register(fixtureModel(), 'run-0');
    await registry.setAlias('champion', manifest.version, { who: 'test', why: 'test' });
    const record = join(folder, 'record');
    await train(`${WRITE_MODEL}; OPTION=--champion; ls "$(value "$@")" > ${record}`);
    expect(readFileSync(record, 'utf8').trim().split('\n').sort()).toEqual([...paths, 'manifest.json'].sort());
  });

  it('reports the trainer’s own explanation of an error', async () => {
    const error = { what: 'the run has no plays', why: 'the lake is empty', fix: 'Simulate some days' };
    const failed = train(`echo '${JSON.stringify({ error })}' >&2; exit 1`);
    await expect(failed).rejects.toMatchObject({ code: 'BRICK_TRAINING_FAILED', explanation: error });
    expect(await ports.lake.get(`${output}/manifest.json`)).toBeUndefined();
  });

  it('reports the status and the last lines of an unexpected error', async () => {
    const failed = train('echo "Traceback" >&2; echo "MemoryError" >&2; exit 9');
    await expect(failed).rejects.toThrow(/exited with status 9 and the output "Traceback MemoryError"/);
  });
});
