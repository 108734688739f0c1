import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BrickError } from '#domain/core/brick-error.ts';
import { localTrainer, type Trainer, type TrainerStage } from '../../localstack/embedded/trainer/local-trainer.ts';
import { isPrepared, prepareTrainer } from '../../localstack/embedded/trainer/prepare-trainer-virtualenv.ts';
import type { Terminal } from '../console/terminal.ts';

interface Options {
  readonly folder: string;
  readonly terminal: Terminal;
  readonly onStage: (stage: TrainerStage) => void;
  readonly signal: AbortSignal;
}

const ROOT = join(import.meta.dirname, '../..');

/**
 * Prepares the trainer if necessary. If that fails, prints the reason and returns undefined: the city runs without a
 * model.
 */
export async function preparedTrainer({ folder, terminal, onStage, signal }: Options): Promise<Trainer | undefined> {
  const wasReady = isPrepared(folder);
  try {
    const python = await prepareTrainer({ folder, onStep: (step) => terminal.say(`Trainer: ${step}`), signal });
    if (!wasReady) terminal.say('Trainer: ready');
    return localTrainer({ python: async () => python, codeCommit: codeCommit(), onStage });
  } catch (error) {
    if (!(error instanceof BrickError)) throw error;
    terminal.say(`No model will be trained: ${error.message}`);
    return undefined;
  }
}

/** Returns the commit of the code for the model's manifest, or the version if this is not a git repository. */
function codeCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: 'pipe',
    }).trim();
  } catch {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    return `v${version}`;
  }
}
