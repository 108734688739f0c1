import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../../embedded/process/run-process.ts';
import { prepareTrainer, TRAINER_PACKAGE } from '../../embedded/trainer/trainer-environment.ts';

export interface TrainerPython {
  readonly path: string;
  /** Variables with which it finds its packages. */
  readonly env: Readonly<Record<string, string>>;
}

interface Options {
  /** Where the trainer's environment is kept, and beside it what only the cloud needs. */
  readonly folder: string;
  readonly onStep: (step: string) => void;
}

/** The data are few, and threads that wait for one another on a busy machine cost more than they bring. */
const ONE = '1';

/** The trainer's Python with the AWS SDK, as its container has them (functions/model-training/trainer/Dockerfile). */
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
