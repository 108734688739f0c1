import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../process/run-process.ts';
import { writeAtomic } from '../storage/write-atomically-and-read-json.ts';
import {
  type PrepareOptions,
  prepareTrainer,
  TRAINER_PACKAGE,
  TrainerNotPrepared,
} from './prepare-trainer-virtualenv.ts';

const LINK = 'trainer.pth';

/** A virtual environment with packages that the trainer does not need. */
export interface Extension {
  /** Name of the environment's folder, which is created in the folder of the trainer's environment. */
  readonly name: string;
  /** The packages in words, as in "installing Optuna". */
  readonly contents: string;
  /** Requirements files in the trainer's package. They pin all packages, including transitive ones, with their hashes. */
  readonly requirements: readonly string[];
}

/**
 * Prepares a virtual environment that contains additional packages and also finds the trainer's packages, so that
 * PyTorch is not installed again. The trainer's own environment does not change.
 *
 * @returns absolute path of its Python
 * @throws the errors of prepareTrainer
 */
export async function prepareExtension(extension: Extension, options: PrepareOptions): Promise<string> {
  const trainer = await prepareTrainer(options);
  const folder = join(resolve(options.folder), extension.name);
  const [python, marker] = [join(folder, 'bin/python'), join(folder, 'ready')];
  const files = extension.requirements.map((name) => join(TRAINER_PACKAGE, name));
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  const wanted = hash.update(trainer).digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return python;
  const step = async (...args: readonly string[]) => {
    const { status, tail } = await run(trainer, args, { signal: options.signal });
    if (status !== 0) throw new TrainerNotPrepared(args.slice(0, 3).join(' '), tail);
  };
  options.onStep(`installing ${extension.contents} in a separate environment`);
  rmSync(folder, { recursive: true, force: true });
  await step('-m', 'venv', '--without-pip', folder);
  writeFileSync(join(packagesOf(folder), LINK), `${packagesOf(join(resolve(options.folder), 'venv'))}\n`);
  const exactly = ['--no-deps', '--require-hashes'];
  const given = files.flatMap((file) => ['-r', file]);
  await step('-m', 'uv', 'pip', 'install', '--quiet', ...exactly, '--python', python, ...given);
  writeAtomic(marker, Buffer.from(wanted));
  return python;
}

function packagesOf(folder: string): string {
  const library = join(folder, 'lib');
  const version = readdirSync(library).find((name) => name.startsWith('python')) ?? '';
  return join(library, version, 'site-packages');
}
