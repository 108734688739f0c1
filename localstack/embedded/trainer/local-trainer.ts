import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrickError } from '#domain/core/errors.ts';
import { MODEL_FILES } from '#domain/models/model-manifest.ts';
import { runFiles } from '#domain/models/pipeline-run.ts';
import { modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import type { Train, TrainJob } from '../aws/step-functions.ts';
import { type Ended, run } from '../process/run-process.ts';
import { TRAINER_PACKAGE } from './trainer-environment.ts';

export type TrainPorts = Pick<Ports, 'lake' | 'models' | 'registry' | 'now'>;

/** One progress line of the trainer. */
export interface TrainerStage {
  readonly stage: string;
  readonly [fact: string]: unknown;
}

interface Options {
  /** Returns the path of the trainer's Python. */
  readonly python: () => Promise<string>;
  readonly codeCommit: string;
  readonly onStage?: (stage: TrainerStage) => void;
}

export class TrainingFailed extends BrickError {
  override readonly code = 'BRICK_TRAINING_FAILED';
}

const MANIFEST = 'manifest.json';

/** Runs the container job of the state Train, given the ports that it reads from and writes to. */
export type Trainer = (ports: TrainPorts) => Train;

/** Emulates AWS Batch: fetches the run's files, trains, and stores the model's files, the manifest last. */
export const localTrainer =
  (options: Options): Trainer =>
  (ports) =>
  async (job, signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'agentbricks-train-'));
    try {
      const [data, out] = [join(folder, 'data'), join(folder, 'out')];
      await fetchRun(ports, job.runId, data);
      const champion = await fetchChampion(ports, join(folder, 'champion'));
      const args = argumentsOf(job, { data, out, champion, codeCommit: options.codeCommit });
      const onLine = (line: string) => report(line, options.onStage);
      const ended = await run(await options.python(), args, { cwd: TRAINER_PACKAGE, onLine, signal });
      if (ended.status !== 0) throw failure(ended);
      for (const name of [...MODEL_FILES, MANIFEST]) {
        await ports.lake.put(`${runFiles(job.runId).output}/${name}`, await readFile(join(out, name)));
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };

async function fetchRun({ lake }: TrainPorts, runId: string, folder: string): Promise<void> {
  await mkdir(folder);
  const { prefix } = runFiles(runId);
  for (const { key } of await lake.list(`${prefix}/`)) {
    const name = key.slice(prefix.length + 1);
    const bytes = name.includes('/') ? undefined : await lake.get(key);
    if (bytes) await writeFile(join(folder, name), bytes);
  }
}

/** Writes the champion's files to a folder. @returns the folder; undefined if there is no champion */
async function fetchChampion(ports: TrainPorts, folder: string): Promise<string | undefined> {
  const registry = modelRegistry(ports);
  const pointer = await registry.alias('champion');
  if (!pointer) return undefined;
  const { manifest, files } = await registry.load(pointer.version);
  await mkdir(folder);
  await writeFile(join(folder, MANIFEST), JSON.stringify(manifest));
  for (const name of MODEL_FILES) await writeFile(join(folder, name), files[name]);
  return folder;
}

interface Places {
  readonly data: string;
  readonly out: string;
  readonly champion?: string;
  readonly codeCommit: string;
}

const argumentsOf = ({ seed, leaveOneOut }: TrainJob, { data, out, champion, codeCommit }: Places): string[] => [
  ...['-m', 'agentbricks_trainer', 'train', '--data', data, '--out', out, '--seed', seed, '--code-commit', codeCommit],
  ...(champion ? ['--champion', champion] : []),
  ...(leaveOneOut === 'true' ? ['--leave-one-out'] : []),
];

function report(line: string, onStage: Options['onStage']): void {
  const said = parsed(line);
  if (said && 'stage' in said) onStage?.(said as TrainerStage);
}

/** Returns the trainer's own explanation if it printed one; otherwise the last lines of its output. */
function failure({ status, tail }: Ended): Error {
  const last = parsed(tail.at(-1) ?? '');
  if (last && 'error' in last) {
    return new TrainingFailed(last.error as ConstructorParameters<typeof TrainingFailed>[0]);
  }
  return new TrainingFailed({
    what: `the trainer exited with status ${status}: ${tail.slice(-3).join(' ')}`,
    why: 'an unexpected error occurred, or the process was killed (out of memory?)',
    fix: 'Run the pipeline again; if the error persists, report it with these lines',
  });
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
