import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../../embedded/process/run-process.ts';
import { prepareTrainer, TRAINER_PACKAGE } from '../../embedded/trainer/prepare-trainer-virtualenv.ts';

export interface TrainerPython {
  readonly path: string;
  /** Environment variables with which Python finds the packages. */
  readonly env: Readonly<Record<string, string>>;
}

interface Options {
  /** Folder of the trainer's environment and of the AWS SDK for Python. */
  readonly folder: string;
  readonly onStep: (step: string) => void;
}

/** Number of PyTorch's threads. The data are small, and more threads would slow a busy machine down. */
const ONE = '1';

/** Prepares the trainer's Python with the AWS SDK, as in its container (functions/model-training/trainer/Dockerfile). */
export async function trainerPython({ folder: place, onStep }: Options): Promise<TrainerPython> {
  const folder = resolve(place);
  const path = await prepareTrainer({ folder, onStep });
  const packages = join(folder, 'cloud');
  if (!existsSync(join(packages, 'boto3'))) {
    const requirements = join(TRAINER_PACKAGE, 'requirements-cloud.txt');
    const args = ['-m', 'pip', 'install', '--quiet', '--target', packages, '-r', requirements];
    const { status, tail } = await run(path, args);
    if (status !== 0) throw new Error(`the trainer's AWS SDK could not be installed: ${tail.join(' ')}`);
  }
  return { path, env: { PYTHONPATH: packages, OMP_NUM_THREADS: ONE } };
}
