import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../process/run-process.ts';
import { writeAtomic } from '../storage/atomic-file.ts';
import { type PrepareOptions, prepareTrainer, TRAINER_PACKAGE, TrainerNotPrepared } from './trainer-environment.ts';

const REQUIREMENTS = join(TRAINER_PACKAGE, 'requirements-search.txt');
const LINK = 'trainer.pth';

/**
 * Prepares a virtual environment for Optuna, which also sees the trainer's packages. The trainer's own environment remains
 * without Optuna.
 *
 * @returns path of its Python
 * @throws the errors of prepareTrainer
 */
export async function prepareSearch(options: PrepareOptions): Promise<string> {
  const trainer = await prepareTrainer(options);
  const folder = join(resolve(options.folder), 'search');
  const [python, marker] = [join(folder, 'bin/python'), join(folder, 'ready')];
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).update(trainer).digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return python;
  const step = async (...args: readonly string[]) => {
    const { status, tail } = await run(trainer, args, { signal: options.signal });
    if (status !== 0) throw new TrainerNotPrepared(args.slice(0, 3).join(' '), tail);
  };
  options.onStep('installing Optuna in a separate environment');
  rmSync(folder, { recursive: true, force: true });
  await step('-m', 'venv', '--without-pip', folder);
  writeFileSync(join(packagesOf(folder), LINK), `${packagesOf(join(resolve(options.folder), 'venv'))}\n`);
  await step('-m', 'uv', 'pip', 'install', '--quiet', '--no-deps', '--python', python, '-r', REQUIREMENTS);
  writeAtomic(marker, Buffer.from(wanted));
  return python;
}

function packagesOf(folder: string): string {
  const library = join(folder, 'lib');
  const version = readdirSync(library).find((name) => name.startsWith('python')) ?? '';
  return join(library, version, 'site-packages');
}
