import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MINUTE } from '#domain/core/time.ts';
import type { TrainedFiles, TrainingRun } from '#domain/events/all-bricks-seam-types.ts';
import {
  stageTrainerPackage,
  type TrainerModules,
} from '../../../functions/platform/stage-trainer-with-learner-modules.ts';
import type { CallFailure } from '../../../localstack/embedded/host/learner-code/count-weekly-failures-until-reference-replaces.ts';
import type { Confined, Ending, ResourceLimits } from '../../../stories/academy/confinement/confined-program-types.ts';
import {
  type ConfinementLevel,
  confinementLevel,
} from '../../../stories/academy/confinement/find-strongest-confinement.ts';
import { startConfined } from '../../../stories/academy/confinement/start-confined-program.ts';
import { trainerPython } from '../../../stories/academy/runners/python/locate-trainer-files.ts';
import { checkModelFiles } from './check-model-files.ts';
import { type Received, receiveModel } from './read-trained-files-from-stream.ts';

/** Limits of a training with a learner's module. */
export interface TrainingLimits extends ResourceLimits {
  /** Megabytes of the private /tmp, where the trainer writes the model. */
  readonly tmpMb: number;
  /** Processors that the numerical libraries use. Each starts a thread per processor. */
  readonly cores: number;
}

/** The reference trains a city of the default size in about a minute on two processors, with 1 GB of memory. */
export const TRAINING_LIMITS: TrainingLimits = {
  ...{ total: 20 * MINUTE, cpuSeconds: 2_400, residentMb: 6_000, checkMemoryMs: 250, dataMb: 16_000 },
  ...{ tmpMb: 1_000, cores: 4, processes: 1, resultBytes: 1e9, printedBytes: 10e6 },
};

/** A trained model, or why there is none. */
type ConfinedTraining = { readonly files: TrainedFiles } | { readonly failure: CallFailure };

const HARNESS = join(import.meta.dirname, 'inside');
const ENTER_ONLY = 0o711;

/** A command of inside/__main__.py. */
export interface TrainerCommand extends Pick<TrainingRun, 'python' | 'onLine' | 'signal'> {
  /** Name of the command, then its options. */
  readonly command: readonly string[];
  /** Folders that the command reads. */
  readonly readable: readonly string[];
}

/** What a confined trainer did. A learner's code may have sent all of it. */
type RunEnd = { readonly files: TrainedFiles } | { readonly failure: CallFailure };

/**
 * Runs a command of the trainer with learners' modules in a confined process: it reads only the given folders and a
 * copy of the trainer with these modules, has no network, and writes only to a private /tmp.
 *
 * @throws the reason of the signal if it stops the command
 */
export async function runConfined(
  modules: TrainerModules,
  run: TrainerCommand,
  limits = TRAINING_LIMITS,
  level: Promise<ConfinementLevel> = confinementLevel(),
): Promise<RunEnd> {
  const { signal } = run;
  signal.throwIfAborted();
  const folder = await mkdtemp(join(tmpdir(), 'agentbricks-trainer-'));
  try {
    // Root runs the program as another user, who may enter this folder but not list it.
    await chmod(folder, ENTER_ONLY);
    const staged = join(folder, 'trainer');
    stageTrainerPackage(staged, modules);
    const out = `/tmp/agentbricks-model-${randomBytes(8).toString('hex')}`;
    const confined = await startConfined(programOf(run, staged, out, limits), level);
    const stop = () => confined.kill('stopped');
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const [received, ending] = await Promise.all([receiveModel(confined.results, run.onLine), confined.ended]);
    signal.removeEventListener('abort', stop);
    // Without a private /tmp, the folder is on this machine.
    rmSync(out, { recursive: true, force: true });
    signal.throwIfAborted();
    return endOf(received, ending, confined);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Trains with learners' modules in a confined process, and checks the model's files here.
 *
 * @throws the reason of the signal if it stops the training
 */
export async function trainConfined(
  modules: TrainerModules,
  { python, data, champion, options, onLine, signal }: TrainingRun,
  limits = TRAINING_LIMITS,
): Promise<ConfinedTraining> {
  const champions = champion === undefined ? [] : [champion];
  const command = ['train', '--data', data, ...champions.flatMap((path) => ['--champion', path]), ...options];
  const run = { python, command, readable: [data, ...champions], onLine, signal };
  const end = await runConfined(modules, run, limits);
  const problem = 'files' in end ? checkModelFiles(end.files) : undefined;
  return problem === undefined ? end : failed(problem, false);
}

function programOf({ python, command, readable }: TrainerCommand, staged: string, out: string, limits: TrainingLimits) {
  const trainer = trainerPython(dirname(dirname(python)));
  if (!trainer) throw new Error(`${python} is not in a virtual environment`);
  return {
    command: trainer.command,
    args: ['-I', '-B', '-u', HARNESS, staged, out, String(limits.cores), ...command],
    readable: [...trainer.readable, HARNESS, staged, ...readable],
    env: { HOME: '/tmp', TZ: 'UTC' },
    ...{ limits, proc: true, tmpMb: limits.tmpMb },
  };
}

const KILLED = {
  time: 'took too long',
  memory: 'used too much memory',
  output: 'wrote too much output',
  stopped: 'was stopped',
} as const;

function endOf(received: Received, { exitCode, killedFor }: Ending, { errors }: Confined): RunEnd {
  if (killedFor) return failed(KILLED[killedFor], true);
  if (exitCode === 0) return { files: received.files };
  const [last = ''] = [...received.tail, errors().trim().split('\n').at(-1) ?? ''].filter(Boolean).slice(-1);
  if (received.tail.length === 0) return failed(`could not start: ${last}`, false);
  // Python exits with 1 after an error, and the trainer with 2 after one that it explains.
  return failed(`failed: ${explanationOf(last)}`, exitCode !== 1 && exitCode !== 2);
}

const failed = (reason: string, endedProcess: boolean) => ({ failure: { reason, endedProcess } });

/** Longest error message that is shown, in characters. */
const MAX_SHOWN = 240;

/** Returns what went wrong: the trainer's own explanation if it printed one, otherwise the line itself. */
function explanationOf(line: string): string {
  let shown = line;
  try {
    shown = String((JSON.parse(line) as { error?: { what?: unknown } }).error?.what ?? line);
  } catch {
    // The last line of a stack trace, such as "ValueError: …".
  }
  return shown.slice(0, MAX_SHOWN).toWellFormed();
}
