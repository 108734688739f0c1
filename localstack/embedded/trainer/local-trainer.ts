import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrickError } from '#domain/core/brick-error.ts';
import type { TrainedFiles, TrainingRun, TrainOutside } from '#domain/events/all-bricks-seam-types.ts';
import { type Manifest, parseManifest } from '#domain/models/model-manifest.ts';
import { runFiles } from '#domain/models/pipeline-run-input-and-files.ts';
import { contentOf, modelRegistry } from '#model-registry/model-registry.ts';
import type { Ports } from '#ports/index.ts';
import type { Train, TrainJob } from '../aws/step-functions.ts';
import { type Ended, run } from '../process/run-process.ts';
import { TRAINER_PACKAGE } from './prepare-trainer-virtualenv.ts';

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

/**
 * Returns a function that runs the container job of the state Train.
 *
 * @param ports the ports that the job reads and writes
 * @param trainOutside trains with a learner's module @default - the reference trains
 */
export type Trainer = (ports: TrainPorts, trainOutside?: TrainOutside) => Train;

const ENTER_ONLY = 0o711;

/** Emulates AWS Batch: fetches the run's files, trains a model, and stores its files, the manifest last. */
export const localTrainer =
  (options: Options): Trainer =>
  (ports, trainOutside) =>
  async (job, signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'agentbricks-train-'));
    try {
      // Root runs a learner's module as another user, who may enter this folder but not list it.
      await chmod(folder, ENTER_ONLY);
      const data = join(folder, 'data');
      await fetchRun(ports, job.runId, data);
      const training: TrainingRun = {
        ...{ python: await options.python(), data, champion: await fetchChampion(ports, join(folder, 'champion')) },
        ...{ options: optionsOf(job, options.codeCommit), onLine: (line) => report(line, options.onStage), signal },
      };
      const files = (await trainOutside?.(training)) ?? (await trainHere(training, join(folder, 'out')));
      const { [MANIFEST]: manifest, ...others } = Object.fromEntries(files);
      for (const [name, content] of [...Object.entries(others), [MANIFEST, manifest] as const]) {
        if (content) await ports.lake.put(`${runFiles(job.runId).output}/${name}`, content);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };

/** Runs the reference. @throws TrainingFailed */
async function trainHere(
  { python, data, champion, options, onLine, signal }: TrainingRun,
  out: string,
): Promise<TrainedFiles> {
  const command = ['-m', 'agentbricks_trainer', 'train', '--data', data, '--out', out];
  const args = [...command, ...options, ...(champion ? ['--champion', champion] : [])];
  const ended = await run(python, args, { cwd: TRAINER_PACKAGE, onLine, signal });
  if (ended.status !== 0) throw failure(ended);
  const names = [...(await writtenManifest(out)).files.map(({ path }) => path), MANIFEST];
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(out, name))] as const)));
}

/** Reads the manifest that the trainer wrote. @throws TrainingFailed if it is invalid */
async function writtenManifest(folder: string): Promise<Manifest> {
  return parseManifest(
    await readFile(join(folder, MANIFEST)),
    (why) =>
      new TrainingFailed({
        what: `the trainer wrote an invalid ${MANIFEST}`,
        why,
        fix: 'Report this error: the versions of the trainer and of the model registry do not match',
      }),
  );
}

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
  const champion = await registry.load(pointer.version);
  await mkdir(folder);
  await writeFile(join(folder, MANIFEST), JSON.stringify(champion.manifest));
  for (const { role, path } of champion.manifest.files) await writeFile(join(folder, path), contentOf(champion, role));
  return folder;
}

const optionsOf = ({ seed, leaveOneOut }: TrainJob, codeCommit: string): string[] => [
  ...['--seed', seed, '--code-commit', codeCommit],
  ...(leaveOneOut === 'true' ? ['--leave-one-out'] : []),
];

function report(line: string, onStage: Options['onStage']): void {
  const message = parsed(line);
  if (message && 'stage' in message) onStage?.(message as TrainerStage);
}

/** Returns the trainer's own explanation if it printed one; otherwise the last lines of its output. */
function failure({ status, tail }: Ended): Error {
  const last = parsed(tail.at(-1) ?? '');
  if (last && 'error' in last) {
    return new TrainingFailed(last.error as ConstructorParameters<typeof TrainingFailed>[0]);
  }
  return new TrainingFailed({
    what: `the trainer exited with status ${status} and the output "${tail.slice(-3).join(' ')}"`,
    why: 'the trainer had an unexpected error, or it was killed because the memory was full',
    fix: 'Run the pipeline again. If it fails again, report the error with this output',
  });
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
